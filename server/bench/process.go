package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// process is a server under measurement, in a process of its own.
type process struct {
	name    string
	address string
	log     string // the file its output goes to
	cmd     *exec.Cmd
	ended   chan error
}

// start runs a command that will serve on address, and returns once something listens
// there. Its output goes to a file, as that of a server does which is left alone.
func (b *bench) start(name, address, binary string, args ...string) (*process, error) {
	out, err := os.Create(b.file(name + ".log"))
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{name: name, address: address, log: out.Name(), ended: make(chan error, 1)}
	p.cmd = exec.CommandContext(b.ctx, binary, args...)
	p.cmd.Env = environment()
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	if err := p.await(b.ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// environment is the one of this process without what would configure a server.
func environment() (kept []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AULA_") && !strings.HasPrefix(variable, "OTEL_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, asBench+"=1")
}

// await returns once a connection to the process succeeds.
func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address)
		if err == nil {
			return conn.Close()
		}
		select {
		case failed := <-p.ended:
			p.ended <- failed
			return fmt.Errorf("%s ended: %w\n%s", p.name, cmp.Or(failed, err), p.output())
		case <-ctx.Done():
			return fmt.Errorf("%s does not serve: %w\n%s", p.name, err, p.output())
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// output is what the process has printed.
func (p *process) output() []byte {
	text, _ := os.ReadFile(p.log) // what there is of it
	return text
}

// stop ends the process as Ctrl-C does and waits for its end.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended
	select {
	case err := <-p.ended:
		p.ended <- err // it stays ended
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill()
		p.ended <- <-p.ended
	}
}

// ticksPerSecond is the unit of Linux's accounts of CPU time.
const ticksPerSecond = 100

// cpu is the time that the process has spent on processors, in user and kernel mode.
// Systems without Linux's /proc do not tell, and then it is 0, as it is without a process.
func (p *process) cpu() time.Duration {
	if p == nil {
		return 0
	}
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/stat")
	// The name in parentheses may contain spaces; the 12th and 13th field after it count.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseInt(field, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond
}

// resident is the memory of the process in bytes (VmRSS), or 0 where that is not told.
func (p *process) resident() int64 { return p.memory("VmRSS:") }

// peak is the most it has been.
func (p *process) peak() int64 { return p.memory("VmHWM:") }

func (p *process) memory(of string) int64 {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	_, after, _ := strings.Cut(string(status), of)
	var kilobytes int64
	_, _ = fmt.Sscan(after, &kilobytes)
	return kilobytes << 10
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
