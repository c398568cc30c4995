package api

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/tap"
)

// Limits on what one connection may ask of the server. What one address or one caller may
// is in limits.go.
const (
	// A message: the pieces of a file that is loaded are up to this long, and a hand-in of 500
	// reviews is far shorter. Beyond it gRPC itself refuses.
	maxRequest = 4 << 20
	// Calls under way on one connection. An app has a handful, a proxy that speaks for many
	// opens another connection. It also bounds the calls that were reset and still run, which
	// is all that a flood of resets can bring about.
	maxStreams = 256
	// Bytes of metadata of a call: a token and a language take 200. It bounds what a call that
	// goes on in CONTINUATION frames can bring as well.
	maxHeaders = 16 << 10
	// Bytes that may come on a connection, and on one call of it, before they are taken: that
	// is what a caller can make the server hold by sending to calls that are not read. gRPC's
	// own guess of what the network carries would go up to 16 MiB.
	connectionWindow = 1 << 20
	callWindow       = 256 << 10
)

// Patience is how long a connection may take for what it owes the server. The zero value is
// what a server on the internet should have.
type Patience struct {
	// Handshake: TLS, and the first bytes of HTTP/2. Who connects and says nothing, or says it
	// a byte at a time, is gone after it. Over a bad mobile network it takes 5 seconds.
	Handshake time.Duration
	// Call: a call that is no stream, from its first byte to the last of its reply. Who begins
	// calls and never sends the message, or never reads the reply, holds no goroutine for
	// longer. A message of maxRequest takes that long at 70 kB/s.
	Call time.Duration
	// Quiet: phones leave without a word. When nothing whole has come for so long, half a
	// header being nothing, the connection is asked to answer.
	Quiet time.Duration
	// Answer: to that question.
	Answer time.Duration
	// Idle: without a call. A phone's app in the background keeps no connection for longer;
	// the next call makes another.
	Idle time.Duration
	// Between: pings of a client that come sooner than so, three times, end its connection.
	// Apps may ask every 30 seconds whether the network is still there, also without a call.
	Between time.Duration
	// The age of a connection is not limited: a leaderboard on a wall is one call, for a whole
	// day.
}

func (p Patience) withDefaults() Patience {
	for _, d := range []struct {
		set     *time.Duration
		usually time.Duration
	}{
		{&p.Handshake, 20 * time.Second},
		{&p.Call, time.Minute},
		{&p.Quiet, 2 * time.Minute},
		{&p.Answer, 20 * time.Second},
		{&p.Idle, 15 * time.Minute},
		{&p.Between, 20 * time.Second},
	} {
		if *d.set == 0 {
			*d.set = d.usually
		}
	}
	return p
}

// transport are the options of the gRPC server that have to do with connections.
func (s *Server) transport() []grpc.ServerOption {
	private := insecure.NewCredentials()
	if s.TLS != nil {
		private = credentials.NewTLS(s.TLS)
	}
	patience := s.Patience.withDefaults()
	return []grpc.ServerOption{
		grpc.Creds(private),
		grpc.NumStreamWorkers(streamWorkers),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.InitialConnWindowSize(connectionWindow),
		grpc.InitialWindowSize(callWindow),
		grpc.ConnectionTimeout(patience.Handshake),
		grpc.InTapHandle(s.begin),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			Time: patience.Quiet, Timeout: patience.Answer, MaxConnectionIdle: patience.Idle,
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: patience.Between, PermitWithoutStream: true}),
	}
}

// begin bounds a call that is no stream before anything of it but the metadata has come:
// those that bound what a handler does come too late for who never sends the message.
func (s *Server) begin(ctx context.Context, call *tap.Info) (context.Context, error) {
	if s.streams[call.FullMethodName] {
		return ctx, nil
	}
	bounded, cancel := context.WithTimeout(ctx, s.patience) //nolint:gosec // gRPC ends ctx with the call, and with it this one
	_ = cancel
	return bounded, nil
}
