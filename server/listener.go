package main

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// countingListener bounds how many connections are open, in all and from one address. One too
// many is closed as soon as it comes: whoever it is can try again, while in a queue, where
// nobody looks at them, they would take the places of others.
type countingListener struct {
	net.Listener
	most, each int            // 0: any number
	exempt     []netip.Prefix // proxies have as many as they need, within most

	mu   sync.Mutex
	open int
	from map[netip.Addr]int
}

// Accept returns the next connection that is not one too many.
func (l *countingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := addressOf(conn)
		if l.enter(address) {
			return &countedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(address) })}, nil
		}
		_ = conn.Close()
	}
}

// addressOf is where a connection comes from; in IPv6 the network, which is one's own.
func addressOf(conn net.Conn) netip.Addr {
	const networkBits = 64
	at, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	address := at.AddrPort().Addr().Unmap().WithZone("")
	if address.Is6() && !address.IsLoopback() {
		network, _ := address.Prefix(networkBits) // fails only where there are not so many bits
		return network.Addr()
	}
	return address
}

func (l *countingListener) enter(address netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most > 0 && l.open >= l.most || l.each > 0 && l.from[address] >= l.each && !l.exempts(address) {
		return false
	}
	l.open++
	l.from[address]++
	return true
}

func (l *countingListener) exempts(address netip.Addr) bool {
	return slices.ContainsFunc(l.exempt, func(p netip.Prefix) bool { return p.Contains(address) })
}

func (l *countingListener) leave(address netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[address]--; l.from[address] == 0 {
		delete(l.from, address)
	}
}

// countedConn is counted until it is closed.
type countedConn struct {
	net.Conn
	leave func()
}

// Close is that of the connection.
func (c *countedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
