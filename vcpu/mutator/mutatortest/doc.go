// Package mutatortest is a managed heap for tests of the instructions that allocate
// and store references: memory, types and a log without a collector. What it does
// follows from the calls alone, so that two machines with the same program agree.
package mutatortest
