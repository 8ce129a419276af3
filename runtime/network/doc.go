// Package network connects network devices: the cable that a device holds (Link), the frames that go through it, and
// what may be at the other end.
//
//	Pair            another machine in this process
//	Listen, Dial    another machine by a Unix socket, QEMU's too (-netdev stream)
//	Capture         a file in pcap format, in the middle of another link
//	usernet         (its own package) a network with the way to the host's, for which nobody has to be root
//
// It knows Ethernet, and of IP and TCP as much as it takes to cut a large segment into packets. It knows no device.
//
// # Frames
//
// A frame may be what no wire carries: a TCP segment of up to 64 KiB, with a checksum still to be made (Frame.Segment,
// Frame.Checksum), because machines are much faster when they hand those over whole. Frame.Plain makes of it what would
// be on a wire; whoever cannot take such frames calls it. Every frame may come from a hostile guest or peer: what Frame
// says of Data is checked before it is used, and bytes are looked at once they are nobody else's to change.
//
// # Flow
//
// Send and Receive copy what they keep, do not wait, and drop what there is no room for, as Ethernet does; protocols
// above send it again. What waits is bounded: a device's frames (device/virtio/net), and those for a peer (maxQueued).
//
// # Locks and life cycle
//
// Attach comes first, once. Send may be called by several goroutines; it calls the receiver at the other end of a Pair on
// the caller's goroutine, so that a receiver must not hold a lock while it sends. capture.mu and peer.mu are leaves but for
// that. After Close has returned the receiver is not called any more, and nothing of the link's runs.
package network
