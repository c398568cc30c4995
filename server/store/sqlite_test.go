package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

func openFile(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// What keeps acknowledged answers through a power cut holds on every connection.
func TestPragmas(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}
	check := func(name string, conn *sql.Conn) {
		for pragma, value := range want {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s: %s is %s, %v; want %s", name, pragma, got, err, value)
			}
		}
	}
	check("the writer", s.writer.conn)
	for range s.readers.Stats().MaxOpenConnections { // kept open, so that each is another
		conn, err := s.readers.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		check("a reader", conn)
	}
}

func TestFileIsPrivate(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	openFile(t, name)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(name + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("aula.db%s: %v, %v", suffix, info, err)
		}
	}
}

func publish(ctx context.Context, s *Store, title string) error {
	_, _, err := s.Publish(ctx, &aulav1.QuestionSet{Id: "birds", Title: map[string]string{"en": title}}, time.UnixMilli(0))
	return err
}

// While another process holds the file, writing is refused in time and reading goes on.
func TestLocked(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s, other := openFile(t, name), openFile(t, name)
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	err := other.Tx(t.Context(), func(*Store) error {
		if err := publish(t.Context(), s, "More birds"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("writing to a locked file: %v", err)
		}
		if _, err := s.CurrentRevision(t.Context(), "birds"); err != nil {
			t.Errorf("reading from a locked file: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := publish(t.Context(), s, "More birds"); err != nil {
		t.Errorf("writing once it is free: %v", err)
	}
}

// When the disk is full writing is refused, reading goes on, and nothing is lost.
func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	s := openFile(t, filepath.Join(disk, "aula.db"))
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := ""
	var full error
	for n := 1; n < 1000 && full == nil; n++ {
		title := strings.Repeat("x", n*1000)
		if full = publish(t.Context(), s, title); full == nil {
			kept = title
		}
	}
	if !errors.Is(full, ErrUnavailable) {
		t.Fatalf("on a full disk: %v", full)
	}
	check := func() {
		t.Helper()
		revision, err := s.CurrentRevision(t.Context(), "birds")
		if err != nil {
			t.Fatal(err)
		}
		set, err := s.Revision(t.Context(), "birds", revision)
		if err != nil || set.GetTitle()["en"] != kept {
			t.Errorf("what was kept reads %d bytes, %v; want %d", len(set.GetTitle()["en"]), err, len(kept))
		}
	}
	check()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	kept = "there is room again"
	if err := publish(t.Context(), s, kept); err != nil {
		t.Errorf("with room again: %v", err)
	}
	check()
}
