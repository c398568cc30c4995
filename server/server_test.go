package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// asAula makes the test binary be aula, so that tests drive what they were built with:
// the race detector included, and never a stale build.
const asAula = "AULA_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asAula) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"aula": main})
}

// aula is the command that runs aula with these arguments.
func aula(t *testing.T, environment []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(append(os.Environ(), asAula+"=1"), environment...)
	return cmd
}

// process is an aula that runs.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	stdout  *bufio.Reader
	stderr  *os.File
	conn    *grpc.ClientConn
}

// serve starts aula on a free port with this database and waits until it serves.
func serve(t *testing.T, db string, environment ...string) *process {
	t.Helper()
	p := launch(t, db, environment...)
	p.serving()
	return p
}

// serving waits until aula serves.
func (p *process) serving() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	health, err := healthv1.NewHealthClient(p.conn).Check(ctx, &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true))
	if err != nil || health.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		p.t.Fatalf("aula does not serve: %v, %v\n%s", health, err, p.log())
	}
}

// launch starts aula and does not wait.
func launch(t *testing.T, db string, environment ...string) *process {
	t.Helper()
	p := &process{t: t, address: freeAddress(t)}
	p.cmd = aula(t, environment, "--listen", p.address, "--db", db)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if p.stderr, err = os.Create(filepath.Join(t.TempDir(), "stderr")); err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		p.stderr.Close()
	})
	if p.conn, err = dial(p.address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.conn.Close() })
	return p
}

// dial returns a connection that tries again at once while aula is starting.
func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: time.Millisecond, Multiplier: 1, MaxDelay: time.Millisecond},
			MinConnectTimeout: 30 * time.Second,
		}))
}

// freeAddress returns an address that nothing serves on, another one each time.
func freeAddress(t testing.TB) string {
	t.Helper()
	for {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listener.Close()
		address := listener.Addr().String()
		if _, used := usedAddresses.LoadOrStore(address, true); !used {
			return address
		}
	}
}

var usedAddresses sync.Map

// kill ends the process as a power cut would, as far as it can tell.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// interrupt presses Ctrl-C and returns the exit code and what was printed.
func (p *process) interrupt() (code int, printed string) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		p.t.Fatal(err)
	}
	out, err := io.ReadAll(p.stdout)
	if err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode(), string(out)
}

func (p *process) log() string {
	text, err := os.ReadFile(p.stderr.Name())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// reply is a response as JSON.
type reply map[string]any

// at follows a path such as "prompts.0.question"; nil where it leads nowhere.
func (r reply) at(path string) any {
	var v any = map[string]any(r)
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// call does what grpcurl does: it takes a method and a request as someone types them.
func (p *process) call(method, request string, headers ...string) (reply, error) {
	p.t.Helper()
	service, name, _ := strings.Cut(method, "/")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
	if err != nil {
		p.t.Fatal(err)
	}
	descriptor := found.(protoreflect.ServiceDescriptor).Methods().ByName(protoreflect.Name(name))
	in, out := dynamicpb.NewMessage(descriptor.Input()), dynamicpb.NewMessage(descriptor.Output())
	if err := protojson.Unmarshal([]byte(request), in); err != nil {
		p.t.Fatalf("%s %s: %v", method, request, err)
	}
	ctx := metadata.AppendToOutgoingContext(p.t.Context(), headers...)
	if err := p.conn.Invoke(ctx, "/"+method, in, out); err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(out)
	if err != nil {
		p.t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(text, &r); err != nil {
		p.t.Fatal(err)
	}
	return r, nil
}

// must is call for those that should succeed.
func (p *process) must(method, request string, headers ...string) reply {
	p.t.Helper()
	r, err := p.call(method, request, headers...)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, request, err)
	}
	return r
}

func (p *process) mustf(method, request string, args ...any) reply {
	p.t.Helper()
	return p.must(method, fmt.Sprintf(request, args...))
}
