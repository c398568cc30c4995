package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onDisk mounts a disk and has a shell run in it, because this process may not look there itself.
func onDisk(t *testing.T) (d *disk, shell func(script string) (string, error)) {
	t.Helper()
	if err := noDisk(); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "old"), []byte("old\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := mount(folder, filepath.Join(t.TempDir(), "disk"), rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.unused() })
	return d, func(script string) (string, error) {
		// It goes there by itself: with cmd.Dir this process would, in a fork that nothing can stop
		// for, while it waits for itself.
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", `cd "$0"; `+script, d.at)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

// cut cuts the power, and lists what is left.
func cut(t *testing.T, d *disk, tears bool) map[string]string {
	t.Helper()
	if err := d.unused(); err != nil {
		t.Fatal(err)
	}
	d.state.cut(rand.New(rand.NewPCG(1, 0)), tears)
	if err := d.state.write(d.folder); err != nil {
		t.Fatal(err)
	}
	left := map[string]string{}
	err := filepath.WalkDir(d.folder, func(name string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		path, _ := filepath.Rel(d.folder, name)
		left[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// A power cut leaves what was synced, under the names that were, and nothing else.
func TestPowerCut(t *testing.T) {
	d, shell := onDisk(t)
	out, err := shell(`
		cat old
		echo whole > synced; sync synced .
		echo more >> synced
		echo new > old
		mkdir folder; echo y > folder/linked; sync folder/linked; ln folder/linked linked; sync .
		echo z > aula.db-shm; sync aula.db-shm .
		echo gone > gone; sync gone .; rm gone; sync .
		echo x > nameless; sync nameless
		rm synced
		cat old linked`)
	if err != nil || out != "old\nnew\ny\n" {
		t.Fatal(out, err)
	}
	left := cut(t, d, false)
	want := map[string]string{"synced": "whole\n", "old": "old\n", "linked": "y\n"}
	for name, text := range want {
		if left[name] != text {
			t.Errorf("%s says %q, want %q", name, left[name], text)
		}
	}
	if len(left) != len(want) {
		t.Errorf("left are %q", left)
	}
}

// A torn write is whole in some sectors and missing in others, and what was synced is untouched.
func TestTornWrite(t *testing.T) {
	d, shell := onDisk(t)
	if out, err := shell(`head -c 65536 /dev/zero | tr '\0' a > f; sync f .; head -c 65536 /dev/zero | tr '\0' b | dd of=f conv=notrunc iflag=fullblock bs=1000`); err != nil {
		t.Fatal(out, err)
	}
	text := cut(t, d, true)["f"]
	if len(text) != 65536 {
		t.Fatalf("%d bytes are left", len(text))
	}
	kept := 0
	for at := 0; at < len(text); at += sector {
		for i := at + 1; i < at+sector && at%1000 != 0; i++ {
			if i%1000 != 0 && (i-1)%1000 != 999 && text[i] != text[i-1] {
				t.Fatalf("the sector at %d is torn itself, at %d", at, i)
			}
		}
		if text[at] == 'b' {
			kept++
		}
	}
	if kept == 0 || kept == 65536/sector {
		t.Errorf("%d of %d sectors are new", kept, 65536/sector)
	}
}

// A disk that is full, read-only or broken says so, and is well again when that is over.
func TestFaults(t *testing.T) {
	d, shell := onDisk(t)
	for name, breaks := range map[string]func(){
		"No space left":         func() { d.faults.full.Store(true) },
		"Read-only file system": func() { d.faults.readOnly.Store(true) },
		"Input/output error":    func() { d.faults.oneIn.Store(1) },
	} {
		breaks()
		out, err := shell(`/bin/echo text >> old`)
		if err == nil || !strings.Contains(out, name) {
			t.Errorf("want %s: %q, %v", name, out, err)
		}
		d.faults.none()
		if out, err := shell(`echo text >> old; sync old`); err != nil {
			t.Errorf("after %s: %q, %v", name, out, err)
		}
	}
	d.faults.slow.Store(int64(50 * time.Millisecond))
	began := time.Now()
	if out, err := shell(`sync old`); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("a slow disk took %v: %q, %v", time.Since(began), out, err)
	}
	d.faults.none()
	// A sync that has failed is not made good by the next.
	before := strings.Repeat("text\n", 3)
	d.faults.oneIn.Store(1)
	_, _ = shell(`sync old`)
	d.faults.none()
	if out, err := shell(`sync old`); err != nil {
		t.Error(out, err)
	}
	if left := cut(t, d, false)["old"]; left != "old\n"+before {
		t.Errorf("left is %q", left)
	}
}
