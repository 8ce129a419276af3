// Package fs is the virtio file system device (specification chapter 5.11): it carries the requests of a guest's FUSE
// client to whoever answers them, and knows nothing of what is in them but their length.
//
// # Queues
//
// Queue 0 is for what must not wait behind other requests, queue 1 for all of these. A request is copied out of guest
// memory, answered by one of Workers goroutines, and the reply is copied in: nobody holds guest
// memory while the host's file system thinks.
//
// # Memory
//
// A request and its reply take a buffer each, of smallBuffer bytes or of the largest that the server says there is,
// whatever lengths the guest gives. A longer request makes the device need a reset.
//
// # Life cycle
//
// The device owns its server from New on. Close answers what the guest has asked for and closes the server. After Abort it
// does not wait long for the host: a request that it does not answer returns to nobody, and the server is closed behind it.
package fs
