//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	aulav1 "aula/proto/aula/v1"
)

// set is what the attempts are at.
const set = "ecuador-foreign-bases"

// perConnection is how many clients share a connection.
const perConnection = 16

// server is one of the aula processes.
type server struct {
	*process
	conns []*grpc.ClientConn
}

// buildAula builds the binary as a user would, or copies the one that is asked for to where
// it may be run from.
func (d *drill) buildAula(ctx context.Context) (string, error) {
	dir := filepath.Join(d.dir, "bin")
	if err := d.ownFolder(dir); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "aula")
	if d.Aula != "" {
		program, err := os.ReadFile(d.Aula)
		if err != nil {
			return "", err
		}
		return binary, os.WriteFile(binary, program, 0o755) //nolint:gosec // G306: another user runs it
	}
	d.progress("building aula")
	return binary, d.output(exec.CommandContext(ctx, "go", "build", "-o", binary, "aula/server"))
}

// startAula starts two of them on the same database.
func (d *drill) startAula(ctx context.Context, binary string) error {
	const servers = 2
	ports, err := freePorts(ctx, servers)
	if err != nil {
		return err
	}
	for i, port := range ports {
		address := fmt.Sprintf("127.0.0.1:%d", port)
		p, err := d.start(fmt.Sprintf("aula%d", i+1), binary, "serve",
			"--listen", address, "--db", d.cluster.aulaURL(), "--log-level", "WARN")
		if err != nil {
			return err
		}
		s := &server{process: p}
		d.servers = append(d.servers, s)
		for range max(1, d.Clients/servers/perConnection) {
			conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				return err
			}
			s.conns = append(s.conns, conn)
		}
		if err := until(ctx, d.Bound, s.ready); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) ready(ctx context.Context) error {
	if err := s.alive(); err != nil {
		return err
	}
	_, err := aulav1.NewCatalogServiceClient(s.conns[0]).ListSets(ctx, &aulav1.ListSetsRequest{})
	return err
}

// stop ends the process as Ctrl-C does.
func (s *server) stop() error {
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	if err := s.alive(); err != nil {
		return err
	}
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		return fmt.Errorf("%s does not stop", s.name)
	}
	if !s.cmd.ProcessState.Success() {
		return s.alive()
	}
	return nil
}

// alive tells whether all processes are there that nobody has killed.
func (d *drill) alive() error {
	err := d.cluster.alive()
	for _, s := range d.servers {
		err = errors.Join(err, s.alive())
	}
	return err
}

// verify runs aula verify and returns what it finds wrong.
func (d *drill) verify(ctx context.Context, binary string) (found []string, err error) {
	cmd := exec.CommandContext(ctx, binary, "verify", "--db", d.cluster.aulaURL())
	cmd.Dir = d.dir
	cmd.Env = append(environment(d.dir), "LC_ALL=en")
	text, err := cmd.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return []string{"aula verify: " + strings.TrimSpace(string(text))}, nil
	}
	return nil, err
}
