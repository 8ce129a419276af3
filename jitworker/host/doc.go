// Package host is the contract between the engine and the kind of processor that native code
// runs on. What implements it lies below: host/amd64.
//
// It must not know what is compiled, when, or where code lies. A Host has a lowering for each
// tier, and does all that depends on how its instructions look: entering native code and
// leaving it, what code calls, leading one piece of code to another while both run, and what
// fills memory without code.
//
// A Host has no state and no locks; its methods may be called by many goroutines at once. A
// lowering belongs to one worker.
package host
