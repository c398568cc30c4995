// Package live runs Aula as those meet it who try it from outside: its binary, in a process
// of its own, which may be killed at any time and started again. It is for developers' tools
// and tests.
package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// Build makes the binary of the module that the working directory is in, in a folder.
func Build(ctx context.Context, dir string) (binary string, err error) {
	binary = filepath.Join(dir, "aula")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "aula/server").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
}

// Server is an Aula that can be started, ended and started again. Only one call of its
// methods may be under way, but for PID.
type Server struct {
	Address string // the same at every start

	binary string
	flags  []string
	log    string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan error
}

// New returns a server of that database that has not been started. Its output is appended
// to a file. The flags are further ones of `aula serve`.
func New(binary, db, log string, flags ...string) (*Server, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	flags = append([]string{"serve", "--listen", address, "--db", db}, flags...)
	return &Server{Address: address, binary: binary, flags: flags, log: log}, nil
}

// Start starts it, and returns once it serves.
func (s *Server) Start(ctx context.Context) error {
	out, err := os.OpenFile(s.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(s.binary, s.flags...) //nolint:noctx // it is ended by Kill or Stop
	cmd.Env, cmd.Stdout, cmd.Stderr = Environment(), out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	s.mu.Lock()
	s.cmd, s.ended = cmd, ended
	s.mu.Unlock()
	return s.await(ctx)
}

// await returns once the server says that it serves.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := Dial(s.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	served := make(chan error, 1)
	go func() {
		_, err := grpc_health_v1.NewHealthClient(conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.WaitForReady(true))
		served <- err
	}()
	select {
	case err = <-served:
	case failed := <-s.ended:
		s.ended <- failed
		err = fmt.Errorf("aula ended: %w", errors.Join(failed, ctx.Err()))
	}
	if err != nil {
		_ = s.Kill()
		return fmt.Errorf("%w\n%s", err, s.Output())
	}
	return nil
}

// Output is the end of what the server has printed.
func (s *Server) Output() string {
	const most = 4000
	text, _ := os.ReadFile(s.log) // what there is of it
	return string(text[max(0, len(text)-most):])
}

// PID is the process's, 0 before the first start.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Kill ends the process as a crash does, if it is there, and waits for its end.
func (s *Server) Kill() error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	s.ended <- <-s.ended // it stays ended
	return nil
}

// Stop asks the process to end and waits for it. It fails where that takes too long or the
// process does not call it a success.
func (s *Server) Stop() error {
	if s.cmd == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			return fmt.Errorf("aula ended: %w\n%s", err, s.Output())
		}
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("aula does not end"), s.Kill())
	}
}

// Environment is that of this process without what would configure a server.
func Environment() (kept []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AULA_") && !strings.HasPrefix(variable, "OTEL_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// Dial opens a connection that comes back soon after a server does. It returns at once.
func Dial(address string, options ...grpc.DialOption) (*grpc.ClientConn, error) {
	again := grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: 100 * time.Millisecond},
		MinConnectTimeout: time.Second,
	}
	return grpc.NewClient(address, append([]grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(again),
	}, options...)...)
}

// FreeAddress is an address on this machine that nobody listens on, and that no outgoing
// connection will be given while a server restarts: those have higher ports.
func FreeAddress() (string, error) {
	const lowest, ports, tries = 20_000, 12_000, 100
	var err error
	for range tries {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(ports)))
		var listener net.Listener
		if listener, err = net.Listen("tcp", address); err == nil { //nolint:noctx // it returns at once
			return address, listener.Close()
		}
	}
	return "", err
}

// Usage is what a process takes, as Linux's /proc tells; 0 where that is not told.
type Usage struct {
	Resident int64 // bytes
	Files    int   // open
}

// UsageOf looks at a process.
func UsageOf(pid int) (u Usage) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	status, _ := os.ReadFile(filepath.Join(dir, "status"))
	if _, after, found := bytes.Cut(status, []byte("VmRSS:")); found {
		_, _ = fmt.Sscan(string(after), &u.Resident)
		u.Resident <<= 10
	}
	files, _ := os.ReadDir(filepath.Join(dir, "fd"))
	u.Files = len(files)
	return u
}
