package live

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// Postgres starts a private PostgreSQL server in a folder of its own, from the machine's
// initdb and pg_ctl, and returns its URL with %s for the name of a database. As it syncs
// nothing, it is for whatever does not end the machine. stop ends it and leaves nothing.
func Postgres(ctx context.Context) (url string, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "aula-postgres-")
	if err != nil {
		return "", nil, err
	}
	p := &postgres{dir: dir, data: filepath.Join(dir, "data")}
	if err := p.start(ctx); err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, err
	}
	return "postgres://aula@/%s?host=" + dir, p.stop, nil
}

type postgres struct{ dir, data string }

func (p *postgres) start(ctx context.Context) error {
	err := p.run(ctx, "initdb", "--pgdata", p.data, "--auth", "trust", "--username", "aula", "--encoding", "UTF8",
		"--locale", "C.UTF-8", "--no-sync")
	if err != nil {
		return err
	}
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories=%s -c fsync=off -c max_connections=200", p.dir)
	return p.run(ctx, "pg_ctl", "start", "--wait", "--pgdata", p.data, "--log", filepath.Join(p.dir, "server.log"), "--options", options)
}

func (p *postgres) stop() error {
	err := p.run(context.Background(), "pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", p.data)
	if err == nil {
		err = os.RemoveAll(p.dir)
	}
	return err
}

func (p *postgres) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, find(program), args...)
	cmd.Dir = p.dir
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := asNobody(cmd, p.dir); err != nil {
			return err
		}
	}
	// A file, not a pipe: the server inherits it and would keep a pipe open.
	out, err := os.Create(filepath.Join(p.dir, program+".log"))
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
