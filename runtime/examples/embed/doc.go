// Command embed shows how a Go program runs a guest: what the guest writes goes where the program wants it, the run can be
// cut short, and its end is a value. Without an argument it runs the example guest hello.
//
//	go run ./runtime/examples/embed [PROGRAM]
package main
