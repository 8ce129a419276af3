// Package hostfile opens the files that a user names: programs, kernels, firmware, disks for RAM, device trees and
// configurations. Nothing here waits for anybody: only regular files are opened, so that a named pipe or a terminal in
// a file's place is an error and not a hang, and reading stops when the context of the reader ends.
//
// It knows nothing of what is in the files.
package hostfile
