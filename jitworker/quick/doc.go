// Package quick is the first compiling tier: it makes native code of one block in one pass,
// micro-operation by micro-operation, each for itself.
//
// It must not know any host, nor queues, thresholds or where code lives. It plans (package plan)
// and has a host's Lowering make code after the plan. What a host's lowering does with each
// micro-operation is a table there (host/amd64/table.go).
//
// # Forms
//
// Code has one of two forms. Fast code looks pages and targets up in line, knows its
// groups of accesses, and has copies for loops and for groups that fail. Dense code takes less
// than half the bytes: routines look up, a group that fails leaves the rest of the block to the
// interpreter, and there are no copies. It is for the many blocks that run now and then; whoever
// finds one hot asks for the other form.
//
// A Tier belongs to one worker. No locks.
package quick
