package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// client is one who calls, one call after the other.
type client struct {
	*school
	id     int
	random *rand.Rand
	hasty  bool // it gives up now and then
}

// sent is what became of a call that was sent until there was an answer.
type sent struct {
	call, last, back int64 // when it was sent first, when last, and when the answer came
	again            bool  // it was sent more than once
	open             bool  // there was no answer: it may have happened, it may yet happen
	reason           string
}

// How long clients wait: for an answer, before they try again, and in all.
const (
	forAnAnswer = 5 * time.Second
	inAll       = 90 * time.Second
)

// send calls until there is an answer: a reply, or a refusal.
func (c *client) send(call func(context.Context, *grpc.ClientConn) error) sent {
	return c.sendFor(forAnAnswer, call)
}

// hastily is send, or of a client that is hasty, once in a while, giving up before the answer
// is there.
func (c *client) hastily(call func(context.Context, *grpc.ClientConn) error) sent {
	if c.hasty && c.random.IntN(60) == 0 {
		return c.sendFor(time.Duration(c.random.Int64N(int64(3*time.Millisecond))), call)
	}
	return c.send(call)
}

func (c *client) sendFor(patience time.Duration, call func(context.Context, *grpc.ClientConn) error) (s sent) {
	s.call = c.now()
	for {
		s.last = c.now()
		ctx, cancel := context.WithTimeout(c.ctx, patience)
		err := call(ctx, c.conns[c.random.IntN(len(c.conns))])
		cancel()
		s.back = c.now()
		answered, reason := answer(err)
		switch {
		case answered:
			s.reason = reason
			return s
		case err != nil && reason != "":
			c.fail(fmt.Errorf("%s: %w", reason, err))
			fallthrough
		case c.ctx.Err() != nil, patience < forAnAnswer:
			s.open = true
			c.abandoned.Add(1)
			return s
		case time.Duration(s.back-s.call) > inAll:
			c.fail(fmt.Errorf("no answer in %v: %w", inAll, err))
		}
		s.again = true
		c.retried.Add(1)
		time.Sleep(time.Duration(5+c.random.IntN(25)) * time.Millisecond)
	}
}

// answer tells whether a call was answered, and why it was refused. What is neither an
// answer nor a failure that passes has a reason all the same.
func answer(err error) (answered bool, reason string) {
	if err == nil {
		return true, ""
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted:
		return false, ""
	case codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition:
		for _, detail := range status.Convert(err).Details() {
			if info, ok := detail.(*errdetails.ErrorInfo); ok {
				return true, info.GetReason()
			}
		}
	default:
	}
	return false, "neither answered nor to be repeated"
}

// must is send for what cannot be refused.
func (c *client) must(call func(context.Context, *grpc.ClientConn) error) {
	if s := c.send(call); s.reason != "" {
		c.fail(errors.New(s.reason))
	}
}

// as is a context of whoever has the token.
func as(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// uuid makes an id for a request.
func (c *client) uuid() string {
	var b [16]byte
	for i := range b {
		b[i] = byte(c.random.Uint32())
	}
	id, _ := uuid.FromBytes(b[:]) // fails for another length
	return id.String()
}

// stale is an interceptor of clients that, once it is told to, answers a read with the first
// reply that there was to it, where that is no longer what the server says.
type stale struct {
	mu     sync.Mutex
	first  map[string]proto.Message
	on     bool
	served map[kind]int
}

func (p *stale) intercept(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	err := invoke(ctx, method, req, reply, conn, opts...)
	of, read := map[string]kind{
		aulav1.QuizService_GetAttempt_FullMethodName: attempts, aulav1.StudyService_SyncReviews_FullMethodName: cards,
		aulav1.ScoreService_GetLeaderboard_FullMethodName: boards,
	}[method]
	if err != nil || !read {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	outgoing, _ := metadata.FromOutgoingContext(ctx)
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.(proto.Message))
	key := fmt.Sprint(method, outgoing["authorization"], string(wire))
	now := reply.(proto.Message)
	before, known := p.first[key]
	switch {
	case !known:
		p.first[key] = proto.Clone(now)
	case p.on && !proto.Equal(before, now):
		proto.Reset(now)
		proto.Merge(now, before)
		p.served[of]++
	}
	return err
}

// serve has replies be stale.
func (p *stale) serve() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on = true
}
