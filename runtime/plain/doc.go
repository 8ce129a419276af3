// Package plain makes text that a guest or a file chose fit to be shown: symbol names, names of files, keys of a
// configuration, errors that quote any of these. A terminal obeys what it is sent, and escape sequences can rename its
// window, hide what follows or answer as if the user had typed; a line feed begins a line that looks like ours.
//
// Whatever is printed goes through here, by the command's own printing functions; what the library hands out as a
// guest's name has been through here already. The guest's console is the one exception: it is the user's terminal to the
// guest.
//
// Tail keeps the end of a text until somebody wants to know it.
package plain
