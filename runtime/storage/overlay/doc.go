// Package overlay keeps, for disk images that stay as they are, what guests write: in a directory of its own, from one run to
// the next.
//
// It knows files and the shape of an empty qcow2 image. What is below an overlay, package storage opens.
//
// # The directory
//
// For each image there are NAME.qcow2, the overlay, NAME.fd, the variables of the guest's firmware, and NAME.json, which says
// whose they are (about). NAME is made of the image's path. An overlay fits the image as it was when the overlay was begun,
// so the description has the image's size and time of change, and another image in its place is an error: what guests have
// written is only ever removed by Forget.
//
// # Locks
//
// Who makes or removes files holds an flock on the directory; who removes an overlay also one on that, which a machine that
// uses it has too. Files appear by renaming when they are whole, the description last.
package overlay
