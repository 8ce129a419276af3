// Package history keeps the results of runs in a SQLite file, the newest thousand of them. SQLite writes a journal first,
// so that neither a crash nor a full disk damages what was there, and several programs may use the file at once.
//
// A file that is damaged, or that something else has made, is refused with ErrDamaged and left as it is. What is read
// from it is checked as any file of results.
package history
