// Command many runs several machines in one process, at once. They share nothing but the host's processors; each has its
// own console and its own end.
//
//	go run ./runtime/examples/many
package main
