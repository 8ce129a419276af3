// Package statetest checks what every device promises of its state (device.Saver): that it comes back as it was, and
// that what is no state is refused with an error that names the field.
package statetest
