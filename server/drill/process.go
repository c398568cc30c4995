//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// makeFolder makes the folder that everything lives in. As PostgreSQL refuses to run as
// root, it belongs to another user then, whom Debian's package has made.
func (d *drill) makeFolder() (err error) {
	if d.dir, err = os.MkdirTemp("", "aula-drill-"); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("%w (is PostgreSQL installed? try --install)", err)
	}
	uid, err := strconv.ParseUint(postgres.Uid, 10, 32)
	if err != nil {
		return err
	}
	gid, err := strconv.ParseUint(postgres.Gid, 10, 32)
	if err != nil {
		return err
	}
	d.user = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(d.dir, int(uid), int(gid))
}

// cleanUp ends all that was started and removes what it has left.
func (d *drill) cleanUp() {
	killBelow(d.dir)
	if d.Logs != "" {
		if err := d.keepLogs(); err != nil {
			d.progress("the logs cannot be kept: %v", err)
		}
	}
	if err := os.RemoveAll(d.dir); err != nil {
		d.progress("%s cannot be removed: %v", d.dir, err)
	}
}

// keepLogs copies every log, named by its process.
func (d *drill) keepLogs() error {
	if err := os.MkdirAll(d.Logs, 0o750); err != nil {
		return err
	}
	logs, err := filepath.Glob(filepath.Join(d.dir, "*", "output.log"))
	for _, log := range logs {
		text, failed := os.ReadFile(log)
		if failed == nil {
			name := filepath.Base(filepath.Dir(log)) + ".log"
			failed = os.WriteFile(filepath.Join(d.Logs, name), text, 0o600) //nolint:gosec // G703: names are the drill's own
		}
		err = errors.Join(err, failed)
	}
	return err
}

// process is one that the drill has started.
type process struct {
	name  string
	log   string // the file its output goes to
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
}

// start runs a command in a folder that is made for it. In a process group of its own it
// does not notice a Ctrl-C, after which the drill ends it.
func (d *drill) start(name string, args ...string) (*process, error) {
	dir := filepath.Join(d.dir, name)
	if err := d.ownFolder(dir); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(filepath.Join(dir, "output.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{name: name, log: out.Name(), ended: make(chan struct{})}
	p.cmd = exec.Command(args[0], args[1:]...) //nolint:noctx // it outlives every context: cleanUp ends it
	p.cmd.Dir = dir
	p.cmd.Env = environment(dir)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: d.user}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // most of them are killed
		close(p.ended)
	}()
	return p, nil
}

// ownFolder makes a folder that belongs to whom PostgreSQL runs as.
func (d *drill) ownFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil || d.user == nil {
		return err
	}
	return os.Chown(dir, int(d.user.Uid), int(d.user.Gid))
}

// environment is the one of this process without what would configure another.
func environment(home string) (kept []string) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		switch prefix, _, _ := strings.Cut(name, "_"); {
		case prefix == "AULA" || prefix == "OTEL" || prefix == "PATRONI" || prefix == "ETCD" || prefix == "PYTHON":
		case strings.HasPrefix(name, "PG") || strings.HasPrefix(name, "PYTHON") || name == "HOME":
		default:
			kept = append(kept, variable)
		}
	}
	return append(kept, "HOME="+home)
}

// alive fails once the process has ended, which none does by itself.
func (p *process) alive() error {
	select {
	case <-p.ended:
		text, _ := os.ReadFile(p.log) // what there is of it
		return fmt.Errorf("%s ended: %v\n%s", p.name, p.cmd.ProcessState, text[max(0, len(text)-4000):])
	default:
		return nil
	}
}

// until calls ready every so often until it succeeds, and returns its last error when that
// takes too long.
func until(ctx context.Context, bound time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %v: %w", bound, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// below lists the processes at work in a folder or below it: whatever the drill starts is
// at work in a folder of the drill, and so are those that it starts in turn.
func below(dir string) (ids []int) {
	entries, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, entry := range entries {
		at, err := os.Readlink(entry)
		if err != nil || at != dir && !strings.HasPrefix(at, dir+"/") {
			continue
		}
		if id, err := strconv.Atoi(strings.Split(entry, "/")[2]); err == nil && !isZombie(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func isZombie(id int) bool { return strings.Contains(statusOf(id), "State:\tZ") }

func statusOf(id int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", id)) // it may have ended
	return string(text)
}

// titleOf is what ps shows of a process.
func titleOf(id int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", id)) // it may have ended
	return string(text)
}

// killBelow kills all processes below a folder and waits for their end.
func killBelow(dir string) {
	if dir == "" {
		return
	}
	for ids := below(dir); len(ids) > 0; ids = below(dir) {
		for _, id := range ids {
			_ = syscall.Kill(id, syscall.SIGKILL) // it may have ended
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// freePorts are ports that nobody listens on, below those that the kernel gives to
// connections: a server that is down must find its own free when it returns.
func freePorts(ctx context.Context, n int) (ports []int, err error) {
	for range 1000 {
		if len(ports) == n {
			return ports, nil
		}
		port := 20000 + rand.N(12000)
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		defer listener.Close() // none is given twice
		ports = append(ports, port)
	}
	return nil, errors.New("there are not enough free ports")
}
