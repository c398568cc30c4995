// Package api serves Aula's gRPC services, one file a service: the handler is the use
// case. Inside, an error is a reason with arguments; boundary.go turns it into a status
// in the caller's language, and checks, logs and bounds every call.
package api

import (
	"crypto/tls"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoregistry"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// maxTime is how long a handler may take, whatever deadline the client sets.
const maxTime = 15 * time.Second

// streamWorkers is how many goroutines wait for calls. One that has served before has a
// stack of the right size, which a fresh one must grow first: a sixth of what a call costs.
// When all are busy a call gets a goroutine of its own.
const streamWorkers = 256

// Config is what a Server needs. The first four fields are required.
type Config struct {
	Store   *store.Store
	Locales *locales.Bundle
	Log     *slog.Logger
	Now     func() time.Time

	// LogOneIn thins out the access log: of the calls that succeed, or that their caller
	// gives up, one in so many is logged. 0 and 1 log them all. Those that fail always are.
	LogOneIn uint64
	// Trusted: every caller may do everything. For a server that only its own process can
	// reach.
	Trusted bool
	// Limits and Patience bound what callers may do.
	Limits   Limits
	Patience Patience
	// NoGuests: whoever names no key can sign up, or join by a code, and nothing else.
	NoGuests bool
	// NoReflection: callers are not told what can be called.
	NoReflection bool
	// TLS is how callers are spoken to in private. Without it everything passes in the clear.
	TLS *tls.Config
	// Unary and Stream stand around every call, the first outermost, and meet its error as
	// the client will: for metrics and traces.
	Unary  []grpc.UnaryServerInterceptor
	Stream []grpc.StreamServerInterceptor
}

// Server is Aula's API.
type Server struct {
	Config
	revisions *revisions
	tongues   *tongues
	keys      *keyring
	audiences map[string]aulav1.Audience // by method
	streams   map[string]bool            // which methods are
	limits    *limits
	patience  time.Duration // with a call that is no stream
	work      *work
	plans     *lru.Cache[string, *plan] // by attempt
	frontiers *lru.Cache[frontierKey, frontier]
	health    *health.Server
	grpc      *grpc.Server
	stopping  chan struct{} // closed when streams should end
	succeeded atomic.Uint64 // calls, counted where not all are logged
}

// New returns a server that is ready to Serve.
func New(c Config) (*Server, error) {
	tongues, err := newTongues(c.Locales)
	if err != nil {
		return nil, err
	}
	plans, err := lru.New[string, *plan](maxPlans)
	if err != nil {
		return nil, err
	}
	frontiers, err := lru.New[frontierKey, frontier](maxFrontiers)
	if err != nil {
		return nil, err
	}
	revisions, err := newRevisions(c.Store, c.Locales.Words)
	if err != nil {
		return nil, err
	}
	keys, err := newKeyring(c.Store)
	if err != nil {
		return nil, err
	}
	limits, err := newLimits(c.Limits)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config:    c,
		limits:    limits,
		patience:  c.Patience.withDefaults().Call,
		streams:   map[string]bool{},
		keys:      keys,
		work:      newWork(),
		tongues:   tongues,
		plans:     plans,
		frontiers: frontiers,
		revisions: revisions,
		health:    health.NewServer(),
		stopping:  make(chan struct{}),
	}
	if err := s.serve(); err != nil {
		return nil, err
	}
	return s, nil
}

// serve makes the gRPC server and registers the services.
func (s *Server) serve() (err error) {
	s.grpc = grpc.NewServer(append(s.transport(),
		grpc.ChainUnaryInterceptor(append(slices.Clip(s.Unary), s.unary)...),
		grpc.ChainStreamInterceptor(append(slices.Clip(s.Stream), s.stream)...),
	)...)
	aulav1.RegisterCatalogServiceServer(s.grpc, catalogService{Server: s})
	aulav1.RegisterQuizServiceServer(s.grpc, quizService{Server: s})
	aulav1.RegisterScoreServiceServer(s.grpc, newScoreService(s))
	aulav1.RegisterLearnerServiceServer(s.grpc, learnerService{Server: s})
	aulav1.RegisterStudyServiceServer(s.grpc, studyService{Server: s})
	aulav1.RegisterLibraryServiceServer(s.grpc, libraryService{Server: s})
	aulav1.RegisterMediaServiceServer(s.grpc, mediaService{Server: s})
	aulav1.RegisterKeyServiceServer(s.grpc, keyService{Server: s})
	healthv1.RegisterHealthServer(s.grpc, s.health)
	if !s.NoReflection {
		reflection.Register(s.grpc) // v1 and v1alpha
	}
	for name, service := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
		for _, method := range service.Methods {
			s.streams["/"+name+"/"+method.Name] = method.IsClientStream || method.IsServerStream
		}
	}
	s.audiences, err = audiences(s.grpc.GetServiceInfo(), protoregistry.GlobalFiles)
	if s.NoGuests {
		withoutGuests(s.audiences)
	}
	return err
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
