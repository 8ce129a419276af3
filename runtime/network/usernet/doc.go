// Package usernet is a network for one guest, in this process: a gateway with the addresses that QEMU's user network has,
// behind which connections of the guest's are made anew by the process, as its user. Nobody has to be root, and the guest
// reaches what that user does and no more.
//
//	10.0.2.2, fec0::2     gateway; connections to it go to the host's own loopback addresses. It answers ICMP echo
//	10.0.2.3, fec0::3     name server; its port 53 leads to the host's, or to Config.DNS
//	10.0.2.15             the guest, by DHCP
//	fec0::/64             the guest's other address, by a router advertisement
//
// TCP, UDP and IP are gVisor's: a stack whose interface takes packets for every address. This package has the link to it
// (endpoint.go), keeps from it what it would answer for others (filter.go), and hands connections on: out (tcp.go, udp.go,
// destination.go) and in (forward.go). DHCP (dhcp.go) and router advertisements (advertise.go) are its own.
//
// # What a guest can make it hold
//
// Everything is bounded by the constants of limits.go: connections and flows, those that are being made or that linger,
// and their buffers. At a limit TCP connections are reset; of UDP flows the one that was quiet for longest makes room.
// gVisor bounds fragments, neighbours and packets that wait for an address.
//
// # Locks
//
// Network.mu (connections) and flows.mu are leaves; no call into the stack or to the host is made with
// them held. endpoint.mu is held for reading while frames are given to the guest's device.
//
// # Life cycle
//
// New opens the forwarded ports and starts the stack. Close closes them, resets all connections, and returns when no
// goroutine is left; a name or address that the host is still looking for is given up.
package usernet
