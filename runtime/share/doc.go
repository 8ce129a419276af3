// Package share answers a guest's file system requests out of a directory of the host. The requests are those of FUSE
// (protocol 7.31 and later), as virtio-fs carries them; the package knows bytes of requests and replies, and neither
// queue nor guest memory.
//
// # A guest stays in the directory
//
// The guest names a file by a node, which it was given when it looked a name up, and by one name below a node that is a
// directory. The server keeps a tree of the nodes that the guest remembers, and makes the path from the root of it for
// each request. That path is opened by one openat2(2) at the directory, with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, as
// an O_PATH descriptor: the host follows no symbolic link, whatever is renamed meanwhile, and names are single components
// that are neither "." nor "..". What the descriptor holds must be the file that the node was made for (device, number
// and type), else the node is stale. Changes are made by descriptor: of the file, or of its parent directory and the one
// name. Symbolic links are text, which the guest resolves.
//
//	symbolic links, "..", "/" in a name    the host resolves none, names are checked (names.go)
//	renames while a path is walked         the tree is locked for the guest's, a host's make a node stale
//	hard links                             only to files of this tree, by their nodes
//	device nodes                           not made; only regular files and directories are opened
//	setuid, setgid, capabilities           never set on files
//	named pipes, sockets                   may be made, are not opened: a guest's kernel has its own end of them
//
// A directory that the host's user can read below is what the guest can read: mounts inside it too.
//
// # Owners
//
// A host user that is not root appears as the guest's root, and the host's root as nobody (owner.go). A server that runs
// as root leaves owners as they are, and gives new files to the guest's user.
//
// # Memory and descriptors
//
// The guest decides how long nodes and open files are remembered, up to maxNodes and maxOpen. A request is answered with
// the memory that the caller brings. INIT forgets everything: it is a new kernel.
//
// # Caches in the guest
//
// The guest believes names and attributes as long as Config.Cache says, and keeps a file's pages from one open to the next if
// the file has not changed meanwhile. Locks are the guest's own: its kernel keeps them, and the host does not see them.
//
// # Locks
//
//	Server.tree → Server.mu
//	handle.mu → Server.mu
//
// Server.tree orders the guest's own renames against the paths that are made of nodes: it is held for reading while a path
// is made and opened, for writing while a name is moved or taken away. handle.mu is held while a directory is read.
package share
