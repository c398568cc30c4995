package main

import (
	"net"
	"net/netip"
	"slices"
	"sync"

	"aula/server/api"
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
		peer := api.Peer(conn.RemoteAddr())
		address, entered := l.enter(peer)
		if entered {
			return &countedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(address) })}, nil
		}
		_ = conn.Close()
	}
}

// enter counts a connection, unless it is one too many, under the address it returns. What is
// exempt is so by its own address, and not by its network.
func (l *countingListener) enter(peer netip.Addr) (address netip.Addr, entered bool) {
	address = api.Network(peer)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most > 0 && l.open >= l.most || l.each > 0 && l.from[address] >= l.each && !l.exempts(peer) {
		return address, false
	}
	l.open++
	l.from[address]++
	return address, true
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
