// Package api serves Aula's gRPC services, one file a service: the handler is the use
// case. Inside, an error is a reason with arguments; boundary.go turns it into a status
// in the caller's language, and checks, logs and bounds every call.
package api

import (
	"log/slog"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// Limits on what one caller may ask of the server.
const (
	maxRequest = 4 << 20          // bytes in a message; beyond it gRPC itself refuses
	maxTime    = 15 * time.Second // for one call, whatever deadline the client sets
	maxStreams = 256              // calls under way on one connection
	maxHeaders = 16 << 10         // bytes of metadata
)

// Config is what a Server needs. Every field is required.
type Config struct {
	Store   *store.Store
	Locales *locales.Bundle
	Log     *slog.Logger
	Now     func() time.Time
}

// Server is Aula's API.
type Server struct {
	Config
	validator protovalidate.Validator
	revisions revisions
	health    *health.Server
	grpc      *grpc.Server
	stopping  chan struct{} // closed when streams should end
}

// New returns a server that is ready to Serve.
func New(c Config) (*Server, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config:    c,
		validator: validator,
		revisions: revisions{store: c.Store, words: c.Locales.Words},
		health:    health.NewServer(),
		stopping:  make(chan struct{}),
	}
	s.grpc = grpc.NewServer(
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
		grpc.MaxRecvMsgSize(maxRequest),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeaders),
		// Phones leave without a word: ask after two quiet minutes whether one is there.
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 2 * time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 20 * time.Second, PermitWithoutStream: true}),
	)
	aulav1.RegisterCatalogServiceServer(s.grpc, catalogService{Server: s})
	aulav1.RegisterQuizServiceServer(s.grpc, quizService{Server: s})
	aulav1.RegisterScoreServiceServer(s.grpc, newScoreService(s))
	healthv1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc) // v1 and v1alpha
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	return s, nil
}

// GRPC returns the server to call Serve on.
func (s *Server) GRPC() *grpc.Server { return s.grpc }

// Stop refuses new calls, ends the streams, lets the other calls under way end, and cuts
// off what is still there after the grace period. It is called once.
func (s *Server) Stop(grace time.Duration) {
	s.health.Shutdown()
	close(s.stopping)
	cut := time.AfterFunc(grace, s.grpc.Stop)
	s.grpc.GracefulStop()
	cut.Stop()
}
