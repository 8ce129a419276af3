// Package net is the virtio network device (specification chapter 5.1): Ethernet frames between the guest and a
// network.Link. It knows nothing of what is at the link's other end.
//
// # Queues
//
// Pair i is receive queue 2i and transmit queue 2i+1, behind the last pair is the control queue; a driver that has not
// negotiated MQ has one pair, and the control queue at once behind it. Frames of a flow (addresses and ports, which
// lead to one of 256 places) go to the pair by which the guest has sent that flow's latest.
//
// # Offloads
//
// Both sides hand over TCP segments of up to 64 KiB and checksums to be made, as network.Frame says. What a driver has
// not negotiated, the device makes plain before. With MRG_RXBUF a frame fills as many buffers as it takes, and the
// driver sees all of them at once.
//
// # Frames that wait
//
// A frame is written into the guest's buffers on the goroutine that brings it. Without buffers it waits, up to
// maxWaiting frames and bytes a pair; more are dropped. They survive a reset, as what comes to a device meanwhile does.
// A frame of the guest's that is none is dropped; a request that has not the form of one makes the device need a reset.
//
// # Locks
//
// pair.mu is held while buffers are popped and filled; virtio's Queue.life and what is below it follow. It is not held
// while the device sends.
//
// # Life cycle
//
// The device owns its link from New on. Close sends what the guest has posted, then closes it. What comes in between has
// no queue any more and waits in vain.
package net
