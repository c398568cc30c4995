package api

import (
	"net"
	"net/netip"
)

const networkBits6 = 64 // of an IPv6 address: whoever has one has all that begin so

// Peer is the address that a connection comes from; none where it is not TCP's.
func Peer(at net.Addr) netip.Addr {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap().WithZone("")
}

// Network is what an address is counted as: itself, and in IPv6 the network, which is one's
// own, but for this machine.
func Network(address netip.Addr) netip.Addr {
	if !address.Is6() || address.IsLoopback() {
		return address
	}
	network, _ := address.Prefix(networkBits6) // fails only where there are not so many bits
	return network.Addr()
}
