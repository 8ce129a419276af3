// Package ptytest gives tests a pseudo-terminal: what a person sees and types at, and what a program has for its terminal.
//
// It knows the host, and none of the programs.
package ptytest
