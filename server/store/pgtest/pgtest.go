// Package pgtest starts private PostgreSQL servers, from the initdb and pg_ctl of the machine,
// for tests and developers' tools to use and to break.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Server is a server in a folder of its own, where it also listens.
type Server struct {
	dir      string
	settings []string
}

// Fast has a server sync nothing: for what does not ask whether it does.
const Fast = "fsync=off"

// New makes a server with these settings and starts it. It is to be removed.
func New(settings ...string) (*Server, error) {
	s, err := inNewFolder(settings)
	if err != nil {
		return nil, err
	}
	// A locale that does not sort by bytes, to catch whoever counts on the server's.
	if err := s.run("initdb", "--pgdata", s.data(), "--auth", "trust", "--username", "aula", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--locale-provider", "icu", "--icu-locale", "es", "--no-sync"); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// Standby makes a hot standby of the server, with these settings, and starts it.
func (s *Server) Standby(settings ...string) (*Server, error) {
	standby, err := inNewFolder(settings)
	if err != nil {
		return nil, err
	}
	if err := standby.run("pg_basebackup", "--pgdata", standby.data(), "--host", s.dir, "--username", "aula", "--write-recovery-conf",
		"--checkpoint", "fast", "--no-sync"); err != nil {
		return nil, err
	}
	return standby, standby.Start()
}

func inNewFolder(settings []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "aula-postgres-")
	return &Server{dir: dir, settings: settings}, err
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// URL names a database of the first of the servers that writes.
func URL(database string, servers ...*Server) string {
	var dirs, ports []string
	for _, s := range servers {
		dirs, ports = append(dirs, s.dir), append(ports, "5432")
	}
	url := "postgres://aula@/" + database + "?host=" + strings.Join(dirs, ",") + "&port=" + strings.Join(ports, ",")
	if len(servers) > 1 {
		url += "&target_session_attrs=read-write"
	}
	return url
}

// Start starts the server, and waits until it can be asked.
func (s *Server) Start() error {
	options := "-c " + strings.Join(append([]string{
		"listen_addresses=''", "max_connections=200", "unix_socket_directories=" + s.dir,
	}, s.settings...), " -c ")
	return s.run("pg_ctl", "start", "--wait", "--pgdata", s.data(), "--log", filepath.Join(s.dir, "server.log"), "--options", options)
}

// Stop stops the server: "fast", or "immediate" as if it had crashed.
func (s *Server) Stop(mode string) error {
	return s.run("pg_ctl", "stop", "--wait", "--pgdata", s.data(), "--mode", mode)
}

// Promote has a standby take over.
func (s *Server) Promote() error {
	return s.run("pg_ctl", "promote", "--wait", "--pgdata", s.data())
}

// Remove stops the server and leaves nothing of it.
func (s *Server) Remove() error {
	_ = s.Stop("immediate") // which it may be already
	return os.RemoveAll(s.dir)
}

// tooLong is how long none of it takes.
const tooLong = 2 * time.Minute

func (s *Server) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	defer cancel()
	cmd := exec.CommandContext(ctx, find(program), args...) //nolint:gosec // of those named here
	cmd.Dir = s.dir
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := asNobody(cmd, s.dir); err != nil {
			return err
		}
	}
	// A file, not a pipe: the server inherits it and would keep a pipe open.
	out, err := os.Create(filepath.Join(s.dir, program+".log"))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, text)
	}
	return nil
}

// find looks where Debian keeps the server's programs when PATH has none.
func find(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program); len(found) > 0 {
		return found[len(found)-1]
	}
	return program
}

// asNobody has a command run as a user without rights, to whom it gives the folder.
func asNobody(cmd *exec.Cmd, dir string) error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return os.Chown(dir, int(uid), int(gid))
}
