package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

// process is a server, in a process of its own.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended
}

// startServer starts a server on a database; faults is what AULA_FAILPOINT says.
func (h *harness) startServer(db, address, log, faults string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := h.command(h.ctx, faults, "serve", "--listen", address, "--db", db, "--log-level", "error")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// command is a command of Aula, which dies with ctx, and with this process where the system can
// have it.
func (h *harness) command(ctx context.Context, faults string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.binary, args...)
	cmd.Env = environment(faults)
	cmd.SysProcAttr = dying()
	return cmd
}

// environment is the one of this process without what would configure a server, but for the
// failpoints.
func environment(faults string) (kept []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AULA_") && !strings.HasPrefix(variable, "OTEL_") {
			kept = append(kept, variable)
		}
	}
	if faults != "" {
		kept = append(kept, "AULA_FAILPOINT="+faults)
	}
	return kept
}

// kill ends the process as a crash does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be dead already
	<-p.ended
}

// crash kills the process. It is an error where there is nothing to kill, because it has ended
// by itself.
func (p *process) crash() error {
	running := p.alive()
	if p.kill(); !running || !killed(p.err) {
		return fmt.Errorf("the server has ended by itself: %v", p.cmd.ProcessState)
	}
	return nil
}

// killed reports whether the error of a process that has ended is that SIGKILL was its end, as it
// is at a failpoint.
func killed(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// stop ends the process as Ctrl-C does.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.ended:
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			return fmt.Errorf("the server ended with %d when it was asked to stop", code)
		}
		return nil
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // for its stacks to be in the log
		time.Sleep(time.Second)
		p.kill()
		return errors.New("the server did not stop when it was asked to")
	}
}

// alive reports whether the process has not ended.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// peak is the most memory the process has held, in bytes, where the system tells.
func (p *process) peak() int64 {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(after, &kilobytes)
	return kilobytes << 10
}

// aula runs a command and returns what it printed.
func (h *harness) aula(faults string, args ...string) (string, error) {
	cmd := h.command(h.ctx, faults, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("aula %s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), err
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// connect returns a connection that is made again soon after the server is back.
func connect(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithConnectParams(grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 5 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: 50 * time.Millisecond},
		MinConnectTimeout: time.Second,
	}))
}
