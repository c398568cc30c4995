package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// kind is what happens in a round.
type kind struct {
	name  string
	about string
	disk  bool // the database stands on a disk of ours, and the round ends with a power cut
	tears bool // which tears what was not synced
	// armed is what the server's AULA_FAILPOINT says.
	armed func(r *round) string
	dies  bool // of it, by itself
	// during happens while all clients work.
	during func(r *round) error
	// whole is a round that is not like others.
	whole func(r *round) error
	// bug is planted in the server.
	bug string
}

// round is one round.
type round struct {
	*world
	number  int
	chances *rand.Rand // of the round alone: none is drawn more or less often on a machine that is busy
	stop    func()     // ends the clients' work
	found   []violation

	acknowledged int64
	resumed      time.Duration
	backup       *backup
	notes        []string
}

func (r *round) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// busy waits until clients have been told so often that something is kept, or for as long as a
// round may last on a machine that is busy.
func (r *round) busy(least, most int64) {
	until := r.world.acknowledged() + least + r.chances.Int64N(most-least)
	for end := time.Now().Add(busyTime); time.Now().Before(end) && r.ctx.Err() == nil && r.world.acknowledged() < until; {
		time.Sleep(time.Duration(1+r.random.IntN(5)) * time.Millisecond)
	}
}

const busyTime = 4 * time.Second

// play runs a round.
func (r *round) play() error {
	if r.kind.whole != nil {
		return r.kind.whole(r)
	}
	before := r.world.acknowledged()
	if err := r.happen(); err != nil {
		return err
	}
	if err := r.recover(); err != nil {
		return err
	}
	if r.acknowledged = r.world.acknowledged() - before; r.acknowledged == 0 {
		r.found = append(r.found, violation{wrong, "nothing was acknowledged: the round shows nothing"})
	}
	return r.examine()
}

// happen has clients work until the server is dead.
func (r *round) happen() (err error) {
	if r.kind.disk {
		if err := r.mountDisk(r.chances.Uint64()); err != nil {
			return err
		}
	}
	armed := r.kind.bug
	if r.kind.armed != nil {
		armed = strings.Trim(armed+","+r.kind.armed(r), ",")
	}
	if err := r.start(armed); err != nil {
		return err
	}
	if err := r.serving(); err != nil {
		return err
	}
	r.stop = r.work()
	err = errors.Join(r.kind.during(r), r.crash())
	r.stop()
	r.backup.end()
	if r.disk != nil {
		err = errors.Join(err, r.cutPower(r.chances, r.kind.tears))
	}
	return err
}

// crash kills the server, which has to be there still unless it was armed to die.
func (r *round) crash() error {
	if r.kind.dies {
		r.server.kill()
		return nil // die has seen how it ended
	}
	if err := r.server.crash(); err != nil {
		return fmt.Errorf("%w\n%s", err, r.log())
	}
	return nil
}

// recover starts a server on what is left, and has everything in doubt tried again.
func (r *round) recover() (err error) {
	r.server.kill()
	if err := r.start(r.lasting()); err != nil {
		return err
	}
	resumed, err := r.resume()
	if r.blame(err) {
		return nil
	}
	if r.resumed == 0 {
		r.resumed = resumed
	}
	r.settle()
	return nil
}

// lasting is the bug that is there also after the round: those of a fold are.
func (r *round) lasting() string {
	if r.kind.bug == foldBug {
		return foldBug
	}
	return ""
}

// examine looks whether everything is as it must be.
func (r *round) examine() error {
	if len(r.found) > 0 {
		return nil
	}
	r.found = append(r.found, r.check()...)
	r.blame(r.server.stop())
	name := r.data("aula.db")
	r.verify(name)
	all, err := r.checkFile(name, time.Now())
	if err != nil {
		return err
	}
	f := &findings{list: all}
	if err := r.checkTotals(f, name); err != nil {
		return err
	}
	r.found = append(r.found, f.list...)
	return r.checkBackup()
}

// verify has Aula itself look at a database.
func (r *round) verify(name string) {
	_, err := r.aula(r.lasting(), "verify", "--db", name)
	r.blame(err)
}

// blame has an error be something wrong, and reports whether it is one.
func (r *round) blame(err error) bool {
	if err != nil {
		r.found = append(r.found, violation{wrong, err.Error()})
	}
	return err != nil
}

// backup is one that is made while others work.
type backup struct {
	file  string // its name in the database's folder
	began time.Time
	done  chan struct{}
	err   error
	kill  context.CancelFunc
}

// end ends a backup as a crash does, and waits for its end.
func (b *backup) end() {
	if b != nil {
		b.kill()
		<-b.done
	}
}

// back makes a backup while others go on.
func (r *round) back(armed string) {
	ctx, kill := context.WithCancel(r.ctx)
	b := &backup{file: fmt.Sprintf("backup-%d.db", r.number), began: time.Now(), done: make(chan struct{}), kill: kill}
	r.backup = b
	cmd := r.command(ctx, armed, "backup", "--db", r.database(), filepath.Join(r.place(), b.file))
	go func() {
		defer close(b.done)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("aula backup: %w\n%s", err, out)
		}
	}()
}

// checkBackup looks whether a backup that was made is whole, and one that was not leaves nothing
// that looks like one.
func (r *round) checkBackup() error {
	if r.backup == nil {
		return nil
	}
	if err := r.backup.err; err != nil && !killed(err) && !errors.Is(err, context.Canceled) {
		r.blame(err)
	}
	left, err := filepath.Glob(r.data(".aula*"))
	if err != nil {
		return err
	}
	for _, folder := range left { // of one that was killed
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	name := r.data(r.backup.file)
	if _, err := os.Stat(name); err != nil {
		if r.backup.err == nil {
			r.found = append(r.found, violation{lost, "a backup that was made: " + err.Error()})
		}
		return nil
	}
	r.verify(name)
	all, err := r.checkFile(name, r.backup.began)
	r.found = append(r.found, all...)
	return errors.Join(err, os.Remove(name))
}
