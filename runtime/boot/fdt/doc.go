// Package fdt reads and writes flattened device trees, the description of a
// machine that firmware and kernels are started with.
//
// A Tree is a plain tree of Nodes with Properties. Write flattens one; Read
// takes a blob apart that somebody else made. Package devicetree builds the
// machine's own tree on top of it. This package must not know what any node or
// property means, except for the few that a boot loader fills in (SetChosen,
// SetMemory, MemoryRanges).
//
// Read trusts nothing: every offset is checked against its block and every block
// against the blob, nesting and name lengths are bounded, and the tree that it
// returns takes memory in proportion to the blob's real size.
//
// A Tree has no locks: it belongs to one goroutine at a time.
//
// Specification: Devicetree Specification v0.4, chapter 5 (flattened format) and
// sections 2.2 (names, values) and 3.6 (/chosen).
package fdt
