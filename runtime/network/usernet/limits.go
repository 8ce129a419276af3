package usernet

import "time"

const (
	// maxConnections bounds TCP connections, those among them that are being made, and clients of forwarded ports.
	maxConnections = 512
	// maxLingering bounds connections that both sides have ended, but that the guest has not acknowledged. The oldest is
	// reset then.
	maxLingering = 512
	// bufferSize bounds what waits in each direction of a connection.
	bufferSize = 512 << 10
	// copySize is what moves at once.
	copySize = 64 << 10

	// maxFlows bounds pairs of UDP addresses, in and out together.
	maxFlows = 512
	// flowIdle is how long a flow may be quiet.
	flowIdle = 60 * time.Second
	// maxDatagram is the largest UDP payload.
	maxDatagram = 65535

	// dialTime bounds how long a connection may take to be made, in either direction.
	dialTime = 20 * time.Second
	// Dead peers are found by probes when a connection is quiet.
	probeAfter, probeEvery, probes = 60 * time.Second, 15 * time.Second, 4
	// timeWait is short: no old packet is on its way in a process's memory.
	timeWait = 100 * time.Millisecond
)
