// Package ports is the virtio console device with several ports (specification chapter 5.3, feature MULTIPORT): streams of
// bytes between programs of the guest and readers and writers of the host. Linux has them as /dev/vport0p0, /dev/vport0p1
// and so on. Unlike a console, a port leaves every byte as it is, and its input ends when the reader does.
//
// # Queues
//
// Port 0 has queues 0 (to the guest) and 1; 2 and 3 are the control queues, and port i has 2+2i and 3+2i. What the device has
// to say of a port is a set of flags for each, so that a guest that asks again and again makes nothing grow.
//
// # Input
//
// A port's input waits until the guest has opened it: Linux throws away what comes before. At the reader's end the guest
// is told behind the last byte.
//
// # Life cycle
//
// Close writes what the guest has posted. After Abort it does not wait long for a writer.
package ports
