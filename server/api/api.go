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
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/protobuf/reflect/protoregistry"

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
	work      *work
	plans     *lru.Cache[string, *plan] // by attempt
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
	revisions, err := newRevisions(c.Store, c.Locales.Words)
	if err != nil {
		return nil, err
	}
	keys, err := newKeyring(c.Store)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config:    c,
		keys:      keys,
		work:      newWork(),
		tongues:   tongues,
		plans:     plans,
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
	transport := insecure.NewCredentials()
	if s.TLS != nil {
		transport = credentials.NewTLS(s.TLS)
	}
	s.grpc = grpc.NewServer(
		grpc.Creds(transport),
		grpc.ChainUnaryInterceptor(append(slices.Clip(s.Unary), s.unary)...),
		grpc.ChainStreamInterceptor(append(slices.Clip(s.Stream), s.stream)...),
		grpc.NumStreamWorkers(streamWorkers),
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
	aulav1.RegisterLearnerServiceServer(s.grpc, learnerService{Server: s})
	aulav1.RegisterStudyServiceServer(s.grpc, studyService{Server: s})
	aulav1.RegisterLibraryServiceServer(s.grpc, libraryService{Server: s})
	aulav1.RegisterMediaServiceServer(s.grpc, mediaService{Server: s})
	aulav1.RegisterKeyServiceServer(s.grpc, keyService{Server: s})
	healthv1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc) // v1 and v1alpha
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	s.audiences, err = audiences(s.grpc.GetServiceInfo(), protoregistry.GlobalFiles)
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
