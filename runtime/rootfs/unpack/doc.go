// Package unpack unpacks tar archives, and the layers of container images, into a directory that they cannot leave.
//
// It knows tar and whiteouts, and neither how archives are packed nor where they are from.
//
// # An archive is hostile
//
// A Tree is a directory that is open, and every path of the archive is resolved in it as if it were the root
// (openat2 with RESOLVE_IN_ROOT): symbolic links that an earlier entry has made lead nowhere else, absolute ones neither. What is
// made is made by descriptor of its parent directory and one name, and follows no link.
//
//	".." in a name                refused; a leading "/" is the directory
//	symbolic links                made as text; as a parent directory resolved inside
//	hard links                    only to what is in the directory, by its resolved parent
//	devices                       left out: the guest's kernel makes its own
//	a size that lies              the archive ends early, or what was unpacked reaches Limits first
//	many entries, long names      Limits
//
// Permission bits are kept, also those that set the user: the directory that all this is in has to be closed to others.
// Owners are kept if this process is root. For any other user, what it could not read is made readable to it.
//
// # Life cycle
//
// Open, Apply for each layer from the lowest, Close. A Tree belongs to one goroutine, and has no locks. What an error leaves
// behind is to be thrown away.
package unpack
