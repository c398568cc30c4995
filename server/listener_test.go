package main

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// closedAtOnce reports whether a server ends a new connection without a word.
func closedAtOnce(t *testing.T, address string) (net.Conn, bool) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = conn.Read(make([]byte, 1)) // gRPC says its settings first
	return conn, err != nil
}

// One connection too many is closed, from one address and in all; when another ends there is
// room again, and proxies have as many as they need.
func TestConnections(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		most  int
	}{
		"of an address": {[]string{"AULA_ADDRESS_CONNECTIONS=3", "AULA_PROXIES=none"}, 3},
		"of a proxy":    {[]string{"AULA_ADDRESS_CONNECTIONS=2", "AULA_CONNECTIONS=4"}, 4},
		"in all":        {[]string{"AULA_CONNECTIONS=3", "AULA_PROXIES=none"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := serve(t, filepath.Join(t.TempDir(), "aula.db"), c.flags...) // which has one
			var open []net.Conn
			for i := 1; i < c.most; i++ {
				conn, closed := closedAtOnce(t, p.address)
				if closed {
					t.Fatalf("connection %d is closed", i+1)
				}
				open = append(open, conn)
			}
			if _, closed := closedAtOnce(t, p.address); !closed {
				t.Errorf("connection %d is open", c.most+1)
			}
			if _, err := healthv1.NewHealthClient(p.conn).Check(t.Context(), &healthv1.HealthCheckRequest{}); err != nil {
				t.Errorf("those that are open: %v", err)
			}
			if len(open) == 0 {
				return
			}
			open[0].Close()
			for range 100 {
				if _, closed := closedAtOnce(t, p.address); !closed {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
			t.Error("there is no room again when one has ended")
		})
	}
}

func TestProxies(t *testing.T) {
	for _, c := range []struct {
		flags []string
		in    string
		out   string
	}{
		{[]string{"10.0.0.0/8", " 192.0.2.7"}, "10.9.9.9 192.0.2.7", "192.0.2.8 127.0.0.1"},
		{[]string{"none"}, "", "127.0.0.1"},
		{[]string{"2001:db8::1/32"}, "2001:db8:ffff::2", "2001:db9::"},
	} {
		read, err := (&limitFlags{Proxies: c.flags}).proxies()
		if err != nil {
			t.Fatal(err)
		}
		l := countingListener{exempt: read}
		for at := range strings.FieldsSeq(c.in) {
			if !l.exempts(netip.MustParseAddr(at)) {
				t.Errorf("%v is none of %v", at, c.flags)
			}
		}
		for at := range strings.FieldsSeq(c.out) {
			if l.exempts(netip.MustParseAddr(at)) {
				t.Errorf("%v is of %v", at, c.flags)
			}
		}
	}
	if _, err := (&limitFlags{Proxies: []string{"school.example"}}).proxies(); err == nil {
		t.Error("a name passes for an address")
	}
}

// Addresses of an IPv6 network are counted as one, while a proxy is exempt by its own address:
// its neighbours are not.
func TestListenerCounts(t *testing.T) {
	l := countingListener{each: 1, exempt: []netip.Prefix{netip.MustParsePrefix("2001:db8::7/128")}, from: map[netip.Addr]int{}}
	for _, c := range []struct {
		peer    string
		entered bool
	}{
		{"2001:db8::7", true},
		{"2001:db8::7", true},
		{"2001:db8::8", false},
		{"2001:db8:0:1::1", true},
		{"2001:db8:0:1::2", false},
		{"192.0.2.1", true},
		{"192.0.2.1", false},
		{"192.0.2.2", true},
		{"::1", true},
		{"::1", false},
		{"::2", true}, // this machine is no network
	} {
		if _, entered := l.enter(netip.MustParseAddr(c.peer)); entered != c.entered {
			t.Errorf("%s enters: %v, want %v", c.peer, entered, c.entered)
		}
	}
}

// The log tells of a connection that was refused once a minute for each address, and of so
// many addresses.
func TestListenerTells(t *testing.T) {
	l, now, told := countingListener{}, time.Now(), 0
	at := netip.MustParseAddr("10.0.0.0")
	for range 2 * maxTold {
		at = at.Next()
		for range 3 {
			if l.tells(at, now) {
				told++
			}
		}
	}
	if told != maxTold || len(l.told) != maxTold {
		t.Errorf("%d lines, %d kept", told, len(l.told))
	}
	if !l.tells(at, now.Add(time.Minute)) || l.tells(at, now.Add(time.Minute+time.Second)) {
		t.Error("a minute later it is told again, once")
	}
}

// Connections that were refused are in the log and in the metrics.
func TestRefusedConnections(t *testing.T) {
	page := freeAddress(t)
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_ADDRESS_CONNECTIONS=1", "AULA_PROXIES=none", "AULA_METRICS="+page)
	for range 3 {
		if _, closed := closedAtOnce(t, p.address); !closed {
			t.Error("one too many is open")
		}
	}
	_, text := fetch(t, "http://"+page+"/metrics")
	families := parsed(t, text)
	if n := find(families, "aula_connections_refused_total").GetCounter().GetValue(); n != 3 {
		t.Errorf("%v were refused, it says", n)
	}
	if n := find(families, "aula_connections_open").GetGauge().GetValue(); n != 1 {
		t.Errorf("%v are open, it says", n)
	}
	p.interrupt()
	if log := p.log(); strings.Count(log, "connection refused") != 1 || !strings.Contains(log, "address=127.0.0.1") {
		t.Errorf("the log is\n%s", log)
	}
}
