package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// operation is a call that changes something. It may be made again: it always carries the same
// ids. What was acknowledged it writes into the ledger, once.
type operation struct {
	what string
	call func(ctx context.Context) error
}

// client is an app. It does one thing after the other, and goes on with the next when this one
// was acknowledged; until then it tries the same again.
type client struct {
	conn     *grpc.ClientConn
	random   *rand.Rand
	language string
	token    string
	next     func() *operation

	doubt        *operation // what was begun and not acknowledged
	acknowledged atomic.Int64
	refused      atomic.Int64 // by the server, in words
	violations   []violation
	longest      time.Duration // that a call took which was acknowledged
}

func newClient(conn *grpc.ClientConn, random *rand.Rand) *client {
	return &client{conn: conn, random: random, language: []string{"en", "es"}[random.IntN(2)]}
}

// id is a new id.
func (c *client) id() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(c.random.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return uuid.UUID(b).String()
}

// as is a context for the client's calls.
func (c *client) as(ctx context.Context) context.Context {
	pairs := []string{"accept-language", c.language}
	if c.token != "" {
		pairs = append(pairs, "authorization", "Bearer "+c.token)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// Bounds on a call, and what clients do between two.
const (
	callTime   = 15 * time.Second
	thinkTime  = 15 * time.Millisecond
	retryAfter = 20 * time.Millisecond
	again      = 0.1  // how often something acknowledged is sent again
	hurried    = 0.03 // how often a call is given hardly any time
)

// run does one thing after the other until it is stopped.
func (c *client) run(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(c.random.Int64N(int64(thinkTime)))):
		}
		if c.doubt == nil {
			c.doubt = c.next()
		}
		limit := callTime
		if c.random.Float64() < hurried {
			limit = time.Duration(1+c.random.IntN(20)) * time.Millisecond
		}
		if c.try(ctx, limit); c.doubt != nil {
			select {
			case <-stop:
				return
			case <-time.After(retryAfter):
			}
		}
	}
}

// try makes the call that is in doubt.
func (c *client) try(ctx context.Context, limit time.Duration) {
	op := c.doubt
	began := time.Now()
	err := c.make(ctx, limit, op)
	if err != nil {
		c.look(op, err)
		return
	}
	c.longest = max(c.longest, time.Since(began))
	c.acknowledged.Add(1)
	c.doubt = nil
	if c.random.Float64() < again {
		if err := c.make(ctx, callTime, op); err != nil {
			c.look(op, err)
		}
	}
}

func (c *client) make(ctx context.Context, limit time.Duration, op *operation) error {
	ctx, cancel := context.WithTimeout(c.as(ctx), limit)
	defer cancel()
	return op.call(ctx)
}

// settle makes the call that is in doubt until it is acknowledged.
func (c *client) settle(ctx context.Context) {
	for until := time.Now().Add(settleTime); c.doubt != nil && time.Now().Before(until) && ctx.Err() == nil; {
		if c.try(ctx, callTime); c.doubt != nil {
			time.Sleep(retryAfter)
		}
	}
	if c.doubt != nil {
		c.violate(wrong, "%s is not acknowledged %v after everything is well again", c.doubt.what, settleTime)
		c.doubt = nil
	}
}

// settleTime is how long what is in doubt may take.
const settleTime = 20 * time.Second

// disagreement is an error of a client itself: what it was told is not what it must be told.
type disagreement struct{ violation }

func (d *disagreement) Error() string { return d.text }

func disagree(kind, format string, args ...any) error {
	return &disagreement{violation{kind, fmt.Sprintf(format, args...)}}
}

// look decides what an error means: that the server is away or overburdened, which clients live
// with, or that it has broken a promise.
func (c *client) look(op *operation, err error) {
	if d, ok := errors.AsType[*disagreement](err); ok {
		c.violate(d.kind, "%s: %s", op.what, d.text)
		c.doubt = nil
		return
	}
	st := status.Convert(err)
	switch st.Code() {
	case codes.DeadlineExceeded, codes.Canceled:
	case codes.Unavailable, codes.ResourceExhausted:
		if len(st.Details()) > 0 { // the server itself says so
			c.refused.Add(1)
			c.read(op, st)
		}
	case codes.NotFound, codes.Unauthenticated:
		c.violate(lost, "%s: %v", op.what, err)
		c.doubt = nil
	default:
		c.violate(wrong, "%s: %v", op.what, err)
		c.doubt = nil
	}
}

// read checks that a refusal is in the client's language.
func (c *client) read(op *operation, st *status.Status) {
	for _, detail := range st.Details() {
		if m, ok := detail.(*errdetails.LocalizedMessage); ok {
			if m.GetMessage() == "" || !strings.HasPrefix(m.GetLocale(), c.language) {
				c.violate(wrong, "%s: asked in %s, refused in %s: %q", op.what, c.language, m.GetLocale(), m.GetMessage())
			}
			return
		}
	}
	c.violate(wrong, "%s: refused without a sentence: %v", op.what, st)
}

func (c *client) violate(kind, format string, args ...any) {
	if len(c.violations) < 20 {
		c.violations = append(c.violations, violation{kind, fmt.Sprintf(format, args...)})
	}
}
