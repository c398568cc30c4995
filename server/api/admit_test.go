package api

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/tap"

	aulav1 "aula/proto/aula/v1"
)

// fromAddress is a call from an address.
func fromAddress(ctx context.Context, address string) context.Context {
	return peer.NewContext(ctx, &peer.Peer{Addr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 1234))})
}

// Streams that last are counted by their address, and room is given back.
func TestStand(t *testing.T) {
	l, err := newLimits(Limits{Address: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx := fromAddress(t.Context(), "192.0.2.1")
	c := &caller{address: l.from(ctx)}
	var leave func()
	for range maxStanding {
		if leave, err = c.stand(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.stand(); !isReason(err, aulav1.ErrorReason_TOO_MANY_CALLS) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := (&caller{address: l.from(fromAddress(t.Context(), "192.0.2.2"))}).stand(); err != nil {
		t.Errorf("of another address: %v", err)
	}
	leave()
	if _, err := (&caller{address: l.from(ctx)}).stand(); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
}

// However many addresses and callers there are, so many are kept.
func TestLimitersAreBounded(t *testing.T) {
	l, err := newLimits(Limits{Address: 1, Calls: 1, Guesses: 1})
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddr("10.0.0.0")
	for i := range 2 * maxLimiters {
		at = at.Next()
		l.from(fromAddress(t.Context(), at.String()))
		l.limiterOf(identity{teacher: strconv.Itoa(i)})
	}
	if a, c := l.addresses.Len(), l.callers.Len(); a != maxLimiters || c != maxLimiters {
		t.Errorf("%d addresses and %d callers are kept", a, c)
	}
}

// What the limits cost a call: those of the address and of the caller, and that on its time.
func BenchmarkAdmit(b *testing.B) {
	l, err := newLimits(Limits{Address: 1e9, Calls: 1e9, Guesses: 1e9})
	if err != nil {
		b.Fatal(err)
	}
	s := &Server{limits: l, patience: time.Minute}
	b.Run("limits", func(b *testing.B) {
		ctx := fromAddress(b.Context(), "192.0.2.1")
		b.ReportAllocs()
		for b.Loop() {
			c := &caller{identity: identity{teacher: "ana"}}
			now := time.Now()
			if s.limitAddress(ctx, c, now) != nil || s.limitCaller(c, now) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("time", func(b *testing.B) {
		call := &tap.Info{FullMethodName: aulav1.QuizService_GetPrompt_FullMethodName}
		b.ReportAllocs()
		for b.Loop() {
			ctx, end := context.WithCancel(b.Context()) // as gRPC makes one for each call
			if _, err := s.begin(ctx, call); err != nil {
				b.Fatal(err)
			}
			end()
		}
	})
	b.Run("without", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, end := context.WithCancel(b.Context())
			end()
		}
	})
}
