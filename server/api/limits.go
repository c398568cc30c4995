package api

import (
	"context"
	"hash/maphash"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// Limits bound how many calls a second are answered. Each process counts for itself: of
// several on one database an address or a caller meets at most as many times the limit. 0 is
// no limit.
type Limits struct {
	// Calls of one learner, on all their devices, or of one teacher.
	Calls float64
	// Address: calls from one address, whoever makes them. A whole school may be behind one.
	Address float64
	// Guesses of join codes, right or not, from one address; from all, ten times as many. Of
	// keys and ids of attempts, which nobody can guess, ten times as many from one address may
	// be wrong: those that are right are found whatever else came from there.
	Guesses float64
	// Proxies speak for others, whom they name in x-forwarded-for. What they do not say for
	// whom is not limited by address.
	Proxies []netip.Prefix
}

// How much may come at once, in seconds of what a limit allows: after hours offline a phone
// fetches a pack with its pictures, and a class begins at the ring of a bell.
const (
	burstOfCalls   = 10
	burstOfAddress = 20
	burstOfGuesses = 100
	allGuesses     = 10 // times as many join codes are tried from all addresses as from one
	vainLookups    = 10 // times as many keys and ids may be wrong as join codes are tried
)

const (
	maxLimiters = 1 << 14 // kept, of addresses and of callers each: those met last
	maxNone     = 1 << 16 // keys and ids that are none, kept: those that came last
	maxStanding = 4096    // streams that last, of one address: each takes some 14 kB
)

// limits keeps count.
type limits struct {
	Limits
	addresses *lru.Cache[netip.Addr, *address]
	callers   *lru.Cache[string, *rate.Limiter] // by who they are
	codes     *rate.Limiter                     // join codes, of all
	none      *lru.Cache[uint64, struct{}]      // hashes of keys and ids that are none
}

// address is what has come from one address of late.
type address struct {
	name     netip.Addr
	calls    *rate.Limiter
	codes    *rate.Limiter // join codes
	vain     *rate.Limiter // keys and ids of attempts that are none
	standing atomic.Int32  // streams that last
}

// guessSeed keeps callers from making guesses that pass for others.
var guessSeed = maphash.MakeSeed()

func newLimits(l Limits) (*limits, error) {
	addresses, err := lru.New[netip.Addr, *address](maxLimiters)
	if err != nil {
		return nil, err
	}
	callers, err := lru.New[string, *rate.Limiter](maxLimiters)
	if err != nil {
		return nil, err
	}
	none, err := lru.New[uint64, struct{}](maxNone)
	codes := newLimiter(l.Guesses*allGuesses, burstOfGuesses)
	return &limits{Limits: l, addresses: addresses, callers: callers, codes: codes, none: none}, err
}

// newLimiter returns nil, which limits nothing, where there is no limit.
func newLimiter(perSecond float64, burst int) *rate.Limiter {
	if perSecond <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond*float64(burst))))
}

// met returns what is kept under a key, made where there is nothing.
func met[K comparable, V any](kept *lru.Cache[K, V], key K, create func() V) V {
	if v, ok := kept.Get(key); ok {
		return v
	}
	created := create()
	if earlier, ok, _ := kept.PeekOrAdd(key, created); ok {
		return earlier
	}
	return created
}

// from returns the address that a call comes from; nil where it is not limited by that.
func (l *limits) from(ctx context.Context) *address {
	if l.Address <= 0 && l.Guesses <= 0 {
		return nil
	}
	name := l.addressOf(ctx)
	if !name.IsValid() {
		return nil
	}
	name = Network(name)
	return met(l.addresses, name, func() *address {
		return &address{
			name:  name,
			calls: newLimiter(l.Address, burstOfAddress),
			codes: newLimiter(l.Guesses, burstOfGuesses),
			vain:  newLimiter(l.Guesses*vainLookups, burstOfGuesses),
		}
	})
}

// addressOf returns the address of who makes a call; none where only a proxy, or this process
// itself, is known.
func (l *limits) addressOf(ctx context.Context) netip.Addr {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}
	}
	name := Peer(p.Addr)
	if l.isProxy(name) {
		name = l.spokenFor(metadata.ValueFromIncomingContext(ctx, "x-forwarded-for"))
	}
	return name
}

func (l *limits) isProxy(name netip.Addr) bool {
	return slices.ContainsFunc(l.Proxies, func(p netip.Prefix) bool { return p.Contains(name) })
}

// spokenFor is the last address that the proxies did not write of themselves: anyone may have
// written those before it.
func (l *limits) spokenFor(headers []string) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		name, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return netip.Addr{}
		}
		if name = name.Unmap().WithZone(""); !l.isProxy(name) {
			return name
		}
	}
	return netip.Addr{}
}

// principal is who someone is to the limits; "" where nobody knows.
func (i identity) principal() string {
	if i.learner != nil {
		return i.learner.GetId()
	}
	return i.teacher
}

// limitAddress takes a call from what the caller's address may make. Errors: TOO_MANY_CALLS.
func (s *Server) limitAddress(ctx context.Context, c *caller, now time.Time) error {
	if c.address = s.limits.from(ctx); c.address == nil {
		return nil
	}
	return take(c.address.calls, now, aulav1.ErrorReason_TOO_MANY_CALLS)
}

// limitCaller is limitAddress, of who the caller is. Errors: TOO_MANY_CALLS.
func (s *Server) limitCaller(c *caller, now time.Time) error {
	return take(s.limits.limiterOf(c.identity), now, aulav1.ErrorReason_TOO_MANY_CALLS)
}

func (l *limits) limiterOf(i identity) *rate.Limiter {
	who := i.principal()
	if l.Calls <= 0 || who == "" {
		return nil
	}
	return met(l.callers, who, func() *rate.Limiter { return newLimiter(l.Calls, burstOfCalls) })
}

// slow has the messages of a stream after the first wait for their turn: nothing that was
// sent of a file is lost, and who sends faster is slowed down by the network.
func (s *Server) slow(ctx context.Context, c *caller) error {
	limiter := s.limits.limiterOf(c.identity)
	if limiter == nil && c.address != nil {
		limiter = c.address.calls
	}
	if limiter == nil {
		return nil
	}
	now := time.Now()
	wait := limiter.ReserveN(now, 1).DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	return until(ctx, s, time.After(wait))
}

// stand counts a stream that lasts. What it returns is called at the end. Errors:
// TOO_MANY_CALLS.
func (c *caller) stand() (leave func(), err error) {
	if c.address == nil {
		return func() {}, nil
	}
	if c.address.standing.Add(1) > maxStanding {
		c.address.standing.Add(-1)
		return nil, tooMany(aulav1.ErrorReason_TOO_MANY_CALLS, time.Minute)
	}
	return func() { c.address.standing.Add(-1) }, nil
}

// wrong counts a key or an id that was looked up and is none, once: an app that sends what is
// no good over and over does not guess. What is right never comes here, so that nobody is
// locked out by what others of their address have sent. Errors: TOO_MANY_GUESSES.
func (s *Server) wrong(c *caller, what string) error {
	if c.address == nil || c.address.vain == nil {
		return nil
	}
	hash := maphash.String(guessSeed, what)
	if _, known := s.limits.none.Get(hash); known {
		return nil
	}
	if err := take(c.address.vain, time.Now(), aulav1.ErrorReason_TOO_MANY_GUESSES); err != nil {
		return err
	}
	s.limits.none.Add(hash, struct{}{})
	return nil
}

// tryCode comes before a join code is looked up, which counts even if it is right: calls made
// at once must not try more of them. Errors: TOO_MANY_GUESSES.
func (s *Server) tryCode(c *caller) error {
	now := time.Now()
	if c.address != nil {
		if err := take(c.address.codes, now, aulav1.ErrorReason_TOO_MANY_GUESSES); err != nil {
			return err
		}
	}
	return take(s.limits.codes, now, aulav1.ErrorReason_TOO_MANY_GUESSES)
}

func take(l *rate.Limiter, now time.Time, reason aulav1.ErrorReason) error {
	if l == nil || l.AllowN(now, 1) {
		return nil
	}
	return tooMany(reason, delay(l, 1-l.TokensAt(now)))
}

// delay is how long it takes until a limiter has so many more.
func delay(l *rate.Limiter, missing float64) time.Duration {
	return time.Duration(missing / float64(l.Limit()) * float64(time.Second))
}

// tooMany tells when to try again.
func tooMany(reason aulav1.ErrorReason, after time.Duration) error {
	const most = 24 * time.Hour
	seconds := math.Ceil(min(max(after, time.Second), most).Seconds())
	e := fail(codes.ResourceExhausted, reason, "seconds", strconv.Itoa(int(seconds)))
	e.retry = durationpb.New(time.Duration(seconds) * time.Second)
	return e
}

// tooMuch reports whether an error says that a caller asks too much.
func tooMuch(err error) bool {
	return isReason(err, aulav1.ErrorReason_TOO_MANY_CALLS) || isReason(err, aulav1.ErrorReason_TOO_MANY_GUESSES)
}
