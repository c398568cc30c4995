package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// slowFile is a file that comes as slowly as a test writes it. Opened to write it waits
// for somebody to read.
func slowFile(t *testing.T) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "andes.yaml")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Skip("there are no named pipes here: ", err)
	}
	return name
}

func openToWrite(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// Ctrl-C ends a load that waits for its file, and nothing of it is kept.
func TestInterruptedLoad(t *testing.T) {
	db, name := filepath.Join(t.TempDir(), "aula.db"), slowFile(t)
	cmd := aula(t, []string{"LC_ALL=en"}, "load", "--db", db, name)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := openToWrite(t, name).WriteString(factsSet[:len(factsSet)/2]); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.HasPrefix(stderr.String(), "aula: stopped.") {
		t.Errorf("exit code %d, said %q", code, &stderr)
	}
	code, printed, _ := command(t, nil, "sets", "--db", db)
	if code != 0 || printed != "" {
		t.Errorf("exit code %d, there is %q", code, printed)
	}
}

// A load that takes its time shows on a terminal that something goes on, and clears it away.
func TestProgress(t *testing.T) {
	screen, tty := openTerminal(t)
	name := slowFile(t)
	cmd := aula(t, []string{"LC_ALL=en"}, "load", "--db", filepath.Join(t.TempDir(), "aula.db"), name)
	var stdout bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	file := openToWrite(t, name)
	var shown []byte
	for part := make([]byte, 1024); !bytes.Contains(shown, []byte("checking and keeping it")); {
		n, err := screen.Read(part)
		if err != nil {
			t.Fatalf("shown is %q: %v", shown, err)
		}
		shown = append(shown, part[:n]...)
	}
	if _, err := file.WriteString(factsSet); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if err := cmd.Wait(); err != nil || strings.Contains(stdout.String(), "checking") {
		t.Errorf("%v, printed %q", err, &stdout)
	}
}

// Ctrl-C while a key is made says where to look for one that nobody has.
func TestInterruptedKey(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cmd := aula(t, []string{"LC_ALL=es"}, "key", "create", "--name", "Ana", "--plaintext", "--server", silent.Addr().String())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 1 || !strings.Contains(stderr.String(), "búscala con aula key list") {
		t.Errorf("exit code %d, said %q", code, &stderr)
	}
}
