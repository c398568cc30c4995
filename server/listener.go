package main

import (
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"aula/server/api"
)

// countingListener bounds how many connections are open, in all and from one address. One too
// many is closed as soon as it comes: whoever it is can try again, while in a queue, where
// nobody looks at them, they would take the places of others.
type countingListener struct {
	net.Listener
	most, each int            // 0: any number
	exempt     []netip.Prefix // proxies have as many as they need, within most

	log *slog.Logger

	refused atomic.Int64

	mu        sync.Mutex
	open      int
	from      map[netip.Addr]int
	told      map[netip.Addr]bool // of which the log has told since toldSince
	toldSince time.Time
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
		l.refused.Add(1)
		if l.tells(address, time.Now()) {
			l.log.Warn("connection refused, one too many", slog.String("address", address.String()))
		}
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

// maxTold is how many addresses are told of in a minute: a flood must not fill the log.
const maxTold = 100

// tells reports whether the log is to say that a connection was refused: once a minute of each
// address.
func (l *countingListener) tells(address netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told == nil || now.Sub(l.toldSince) >= time.Minute {
		l.told, l.toldSince = map[netip.Addr]bool{}, now
	}
	if l.told[address] || len(l.told) >= maxTold {
		return false
	}
	l.told[address] = true
	return true
}

func (l *countingListener) exempts(address netip.Addr) bool {
	return slices.ContainsFunc(l.exempt, func(p netip.Prefix) bool { return p.Contains(address) })
}

// connections is how many are open.
func (l *countingListener) connections() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(l.open)
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
