package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// Who is there: 64 clients in all.
const (
	guests      = 40
	students    = 23
	connections = 8
)

// world is a database with those who use it. It lives for some rounds.
type world struct {
	*harness
	kind    *kind
	dir     string // its database is in data
	address string
	conns   []*grpc.ClientConn
	random  *rand.Rand

	guests   []*player
	students []*student
	teacher  *teacher
	probe    *player

	server *process
	disk   *disk // nil where it stands on the system's own
	rounds int   // so far
}

func (w *world) data(name string) string { return filepath.Join(w.dir, "data", name) }

// database is where the server has its database now.
func (w *world) database() string { return filepath.Join(w.place(), "aula.db") }

// place is the folder that the database is in, as other processes see it.
func (w *world) place() string {
	if w.disk != nil {
		return w.disk.at
	}
	return w.data("")
}

// newWorld makes a database with sets, learners and a teacher.
func (h *harness) newWorld(k *kind, dir string, random *rand.Rand) (w *world, err error) {
	w = &world{harness: h, kind: k, dir: dir, random: random}
	if err := os.MkdirAll(w.data(""), 0o700); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{"quiz.json": quizFile(), "cards.json": cardFile()} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, err
		}
		if _, err := h.aula("", "load", "--db", w.database(), file); err != nil {
			return nil, err
		}
	}
	key, err := h.aula("", "key", "create", "--db", w.database(), "--role", "teacher", "--name", "crash")
	if err != nil {
		return nil, err
	}
	if w.address, err = freeAddress(h.ctx); err != nil {
		return nil, err
	}
	for range connections {
		conn, err := connect(w.address)
		if err != nil {
			return nil, err
		}
		w.conns = append(w.conns, conn)
	}
	return w, w.people(strings.TrimSpace(key))
}

// people signs up those who use the database.
func (w *world) people(key string) error {
	client := func(i int) *client {
		return newClient(w.conns[i%connections], rand.New(rand.NewPCG(w.random.Uint64(), uint64(i))))
	}
	guest := func(i int) *player {
		p := &player{client: client(i)}
		p.next = p.play
		return p
	}
	for i := range guests {
		w.guests = append(w.guests, guest(i))
	}
	w.probe = guest(guests)
	w.teacher = &teacher{client: client(guests + 1)}
	w.teacher.token, w.teacher.next = key, w.teacher.load
	if err := w.start(""); err != nil {
		return err
	}
	if _, err := w.resume(); err != nil {
		return err
	}
	for i := range students {
		s := &student{player: player{client: client(i)}, events: map[string]*event{}}
		s.next = s.study
		if err := s.create(w.ctx, fmt.Sprintf("Learner %d", i)); err != nil {
			return err
		}
		w.students = append(w.students, s)
	}
	return w.server.stop()
}

// close lets go of everything, and of the folder where nothing was wrong.
func (w *world) close(failed bool) error {
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	if w.server != nil {
		w.server.kill()
	}
	var err error
	if w.disk != nil {
		err = w.disk.unused()
	}
	if failed || err != nil {
		return err
	}
	return os.RemoveAll(w.dir)
}

// clients are all that work.
func (w *world) clients() (all []*client) {
	for _, g := range w.guests {
		all = append(all, g.client)
	}
	for _, s := range w.students {
		all = append(all, s.client)
	}
	return append(all, w.teacher.client)
}

// players are all who make quizzes.
func (w *world) players() (all []*player) {
	all = append(all, w.guests...)
	for _, s := range w.students {
		all = append(all, &s.player)
	}
	return append(all, w.probe)
}

// start starts the server.
func (w *world) start(faults string) (err error) {
	w.server, err = w.startServer(w.database(), w.address, filepath.Join(w.dir, "server.log"), faults)
	return err
}

// resume returns once the server has acknowledged something, and how long that took.
func (w *world) resume() (time.Duration, error) {
	began := time.Now()
	for time.Since(began) < resumeTime {
		if w.probe.doubt == nil {
			w.probe.asked = nil
			if q := w.probe.current(); q != nil {
				q.finished = true // of no further interest
			}
			w.probe.doubt = w.probe.begin()
		}
		if w.probe.try(w.ctx, time.Second); w.probe.doubt == nil {
			return time.Since(began), nil
		}
		if !w.server.alive() || w.ctx.Err() != nil {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, fmt.Errorf("the server does not serve:\n%s", w.log())
}

// resumeTime is how long a server may take to serve again.
const resumeTime = 30 * time.Second

// serving returns once the server serves, or has ended because it was armed to.
func (w *world) serving() error {
	if _, err := w.resume(); err != nil && (w.server.alive() || !w.kind.dies) {
		return err
	}
	return w.ctx.Err()
}

// log is the end of what the server has printed.
func (w *world) log() string {
	text, _ := os.ReadFile(filepath.Join(w.dir, "server.log"))
	return string(text[max(0, len(text)-2000):])
}

// work has all clients work, until the function it returns is called.
func (w *world) work() (stop func()) {
	stopped := make(chan struct{})
	var working sync.WaitGroup
	for _, c := range w.clients() {
		working.Go(func() { c.run(w.ctx, stopped) })
	}
	return func() {
		close(stopped)
		working.Wait()
	}
}

// each calls f for every one at the same time, but not too many.
func each[T any](all []T, f func(T)) {
	var working sync.WaitGroup
	places := make(chan struct{}, 32)
	for _, one := range all {
		places <- struct{}{}
		working.Go(func() {
			defer func() { <-places }()
			f(one)
		})
	}
	working.Wait()
}

// settle has everything that is in doubt tried again.
func (w *world) settle() {
	each(w.clients(), func(c *client) { c.settle(w.ctx) })
}

// acknowledged counts what clients were told is kept.
func (w *world) acknowledged() (n int64) {
	for _, c := range w.clients() {
		n += c.acknowledged.Load()
	}
	return n
}

// violations takes what the clients have found.
func (w *world) violations() (all []violation) {
	for _, c := range append(w.clients(), w.probe.client) {
		all = append(all, c.violations...)
		c.violations = nil
	}
	return all
}

// mountDisk has the database stand on a disk that can be broken.
func (w *world) mountDisk(seed uint64) (err error) {
	w.disk, err = mount(w.data(""), filepath.Join(w.dir, "disk"), rand.New(rand.NewPCG(seed, 0)))
	return err
}

// cutPower loses, or tears, what was not synced, and puts the database back on the system's disk.
func (w *world) cutPower(random *rand.Rand, tears bool) error {
	d := w.disk
	w.disk = nil
	if err := d.unused(); err != nil {
		return err
	}
	d.state.cut(random, tears)
	return d.state.write(w.data(""))
}

var errNotArmed = errors.New("the failpoint was not passed")

// die waits for an armed server to kill itself.
func (w *world) die(ctx context.Context) error {
	select {
	case <-w.server.ended:
		if !killed(w.server.err) {
			return fmt.Errorf("the server has not ended at its failpoint: %v\n%s", w.server.cmd.ProcessState, w.log())
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(dieTime):
		return errNotArmed
	}
}

const dieTime = 15 * time.Second
