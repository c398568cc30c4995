package main

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// sector is what a disk writes whole, in bytes.
const sector = 512

// durable is what a disk would still hold after a power cut. A file's data are safe once it was
// synced, its name once its folder was: nothing else is promised to a program, and nothing else
// is kept here.
type durable struct {
	mu    sync.Mutex
	names map[string]*content // by path; nil for a folder
	moves []move              // of names, not synced yet, in order
}

// content is what is in a file, whatever its names.
type content struct {
	synced  []byte
	pending []change // since
}

// change is something written, or where data is nil a new size.
type change struct {
	at   int64
	data []byte
}

// move is a change to the names in a folder.
type move struct {
	folder string
	apply  func(names map[string]*content)
}

// readDurable takes what is in a folder for safe.
func readDurable(folder string) (*durable, error) {
	d := &durable{names: map[string]*content{}}
	files := os.DirFS(folder)
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		if entry.IsDir() {
			d.names[path] = nil
			return nil
		}
		data, err := fs.ReadFile(files, path)
		d.names[path] = &content{synced: data}
		return err
	})
	return d, err
}

// moved notes a change to the names in a folder.
func (d *durable) moved(folder string, apply func(names map[string]*content)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moves = append(d.moves, move{folder, apply})
}

// syncFolder makes the names in a folder safe.
func (d *durable) syncFolder(folder string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moves = slices.DeleteFunc(d.moves, func(m move) bool {
		if m.folder == folder {
			m.apply(d.names)
		}
		return m.folder == folder
	})
}

// wrote notes something written to a file.
func (d *durable) wrote(c *content, at int64, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.pending = append(c.pending, change{at, slices.Clone(data)})
}

// resized notes a new size of a file.
func (d *durable) resized(c *content, size int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.pending = append(c.pending, change{at: size})
}

// sync makes what was written to a file safe.
func (d *durable) sync(c *content) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, ch := range c.pending {
		ch.apply(c)
	}
	c.pending = nil
}

// lose gives up what was written to a file: it could not be synced, and a system that has said
// so once does not try again.
func (d *durable) lose(c *content) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.pending = nil
}

func (ch change) apply(c *content) {
	if ch.data == nil {
		c.resize(ch.at)
		return
	}
	if end := ch.at + int64(len(ch.data)); end > int64(len(c.synced)) {
		c.resize(end)
	}
	copy(c.synced[ch.at:], ch.data)
}

func (c *content) resize(size int64) {
	if size <= int64(len(c.synced)) {
		c.synced = c.synced[:size]
		return
	}
	c.synced = append(c.synced, make([]byte, size-int64(len(c.synced)))...)
}

// cut is a power cut: what was not synced is lost. Where it tears, each sector of it is kept or
// lost at random, and some of the changes to names are kept, the earlier ones.
func (d *durable) cut(random *rand.Rand, tears bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if tears {
		for _, m := range d.moves[:random.IntN(len(d.moves)+1)] {
			m.apply(d.names)
		}
	}
	d.moves = nil
	for _, name := range d.sorted() {
		c := d.names[name]
		if c == nil {
			continue
		}
		if tears {
			c.tear(random)
		}
		c.pending = nil
	}
}

// sorted lists the names, so that the same numbers are drawn for the same files.
func (d *durable) sorted() (names []string) {
	for name := range d.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// tear keeps some of what was not synced.
func (c *content) tear(random *rand.Rand) {
	share := []float64{0.1, 0.5, 0.9}[random.IntN(3)]
	for _, ch := range c.pending {
		if ch.data == nil {
			if random.Float64() < share {
				ch.apply(c)
			}
			continue
		}
		for from := 0; from < len(ch.data); {
			at := ch.at + int64(from)
			to := min(len(ch.data), from+sector-int(at%sector))
			if random.Float64() < share {
				change{at, ch.data[from:to]}.apply(c)
			}
			from = to
		}
	}
}

// write puts what is left in place of what is in a folder. SQLite's shared memory is no more
// after a power cut.
func (d *durable) write(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for _, path := range d.sorted() { // a folder comes before what is in it
		name, c := filepath.Join(folder, path), d.names[path]
		if c == nil {
			if err := os.MkdirAll(name, 0o700); err != nil {
				return err
			}
			continue
		}
		if isShared(path) {
			continue
		}
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			continue // its folder is lost, and with it the name
		}
		if err := os.WriteFile(name, c.synced, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// isShared reports whether a file is what SQLite shares between processes: memory, not data.
func isShared(path string) bool { return strings.HasSuffix(path, "-shm") }
