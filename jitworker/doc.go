// Package jitworker is the pipeline of background compilation: harts ask for native
// code of hot units, a pool of workers compiles them, and harts go on interpreting
// meanwhile.
//
// It must not know what a unit is, how it is compiled, or where code is published:
// a Unit says who it is, how large and how hot, and the Compile function that New
// gets does the rest, publication included. The stages of compilation and the code
// cache are the packages below this one.
//
// # A request's way
//
//	hart    Request    a place is reserved: a full queue drops the request
//	                   the unit's key enters the in-flight set: duplicates collapse
//	                   a send into a buffered channel, which has room
//	        Hurry      a worker that rests is woken, if requests wait
//	worker  take       what the channel holds moves into buckets; the hottest are taken,
//	                   one in sixteen of those that wait
//	        compile    with the unit's panics and errors caught
//	        settle     the key leaves the set; time, size and backlog are recorded
//
// A worker that rests is not woken for one request: that costs hart and worker more than a small
// unit's compilation. It is woken when enough of them wait, when a unit that waits has grown hot
// once more, which a loop's does within microseconds, and when a hart has nothing else to do.
//
// Nothing in Request waits, neither for a place nor for another hart: the set's
// shards are only tried, and a request that finds one held is refused and comes
// again when the hart's counter overflows again.
//
// The in-flight set is singleflight's idea and not golang.org/x/sync/singleflight:
// there, a duplicate waits for the first caller's result (Do) or costs a goroutine
// and a channel (DoChan). A hart wants neither: it finds the result where it is
// published.
//
// # Priority
//
// The hottest request goes first. Two whose heat differs by less than an eighth are equally
// hot, and the older one goes first. A unit that goes on being interpreted grows hotter as it
// waits: every refreshTakes takes, in a long queue more seldom, the heat of all that wait is
// read again. On the same occasion the oldest request is served whatever its heat, so none
// waits forever.
//
// # The adaptive threshold
//
// A sample of compilation holds two figures from 0 to 1: its time as a share of the
// budget, and the share of the queue that was taken when it ended. Either alone is
// reason enough to ask for less, so they combine as
//
//	pressure = time + backlog - time*backlog
//
// A sample of benefit is the share of time that native code saves, 1 - native /
// interpreted, 0 if it saves none, times how far compiling pays: what the code compiled
// lately has saved by its executions, as a part of that and of what it has cost. Of both
// kinds the last Window samples are averaged; places not yet filled count as no pressure
// and as a tenfold speed-up. With the weights brought to a sum of one,
//
//	score     = CompileWeight*(1 - mean pressure) + BenefitWeight*mean benefit
//	threshold = Max - score*(Max - Min)
//
// Costly compilations and a backlog can only raise the threshold, benefit can only
// lower it, and it stays within Min and Max.
//
// # The compile budget
//
// A compilation that takes longer than the budget is counted and is a sample of full
// pressure, so a host on which compiling takes long compiles less. It is not cut
// short, and units are not made smaller for it: whoever makes units bounds them (a
// code.Body has at most code.MaxInsns instructions), and one beyond
// MaxInsns is refused outright.
//
// # Failures
//
// A Compile that returns an error or panics costs its unit the native code: it is
// counted and its message kept, and the unit's next requests are refused, 16 after
// the first failure and twice as many after each further one. So a unit that cannot
// be compiled costs next to nothing, and one that failed for want of memory gets
// another try.
//
// # Giving way
//
// Go cannot take a CPU from native code. If every CPU runs a hart, a worker that has
// work waits for one of them until the scheduler's time slice ends. ShouldYield
// reports just that, a request that waits and a worker not executing, and a hart that
// sees it calls runtime.Gosched. A worker that lost its CPU in the midst of a
// compilation cannot be told from one that takes long, so after a turn without
// progress harts give way too. In the other direction a worker gives way after every
// turn of compiling.
//
// # Lock order
//
// No two locks are held together. inFlightShard.mu: harts try, workers wait.
// queue.mu (the buckets), adaptive.mu and failures.mu: workers and readers
// of Stats, never harts, but for Benefit, which tries.
//
// # Life cycle
//
// New starts the workers, tasks of an ants pool that block until they are woken while there
// is nothing to do. Close refuses what comes, waits for running compilations, drops
// the queue and ends the pool. Close must not be called by Compile.
package jitworker
