package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc/metadata"

	aulav1 "aula/proto/aula/v1"
)

// outageTime is how long a disk is broken.
const outageTime = time.Second

// outage breaks the disk for a while. Meanwhile reads are answered where they must be, and
// afterwards the server goes on by itself.
func (r *round) outage(breaks func(*faults), readable bool) error {
	r.busy(100, 400)
	before := r.refused()
	breaks(&r.disk.faults)
	reading := r.readAlong(outageTime)
	refused := r.refused()
	for until := time.Now().Add(dieTime); time.Now().Before(until); refused = r.refused() { // where the machine is busy
		if refused["en"] > before["en"] && refused["es"] > before["es"] {
			break
		}
		reading.list = append(reading.list, r.readAlong(outageTime/10).list...)
	}
	r.disk.faults.none()
	if readable {
		r.found = append(r.found, reading.list...)
	}
	for language, n := range refused {
		if n == before[language] {
			return fmt.Errorf("nothing was refused in %s: the round shows nothing", language)
		}
	}
	r.note("refused %d in English, %d in Spanish", refused["en"]-before["en"], refused["es"]-before["es"])
	recovered, err := r.resume()
	if err != nil {
		return fmt.Errorf("not without being started anew: %w", err)
	}
	r.resumed = recovered
	r.busy(100, 400)
	if r.server.alive() {
		return nil
	}
	return fmt.Errorf("the server has died:\n%s", r.log())
}

// refused counts, by language, what the server has refused in words.
func (r *round) refused() map[string]int64 {
	n := map[string]int64{}
	for _, c := range r.clients() {
		n[c.language] += c.refused.Load()
	}
	return n
}

// readAlong reads, in both languages, until the time is up, and tells what was not answered.
func (r *round) readAlong(during time.Duration) *findings {
	f := &findings{}
	q := r.probe.current()
	for i, until := 0, time.Now().Add(during); time.Now().Before(until); i++ {
		ctx := metadata.AppendToOutgoingContext(r.ctx, "accept-language", []string{"en", "es"}[i%2])
		ctx, cancel := context.WithTimeout(ctx, readTime)
		began := time.Now()
		_, err := aulav1.NewCatalogServiceClient(r.probe.conn).ListSets(ctx, &aulav1.ListSetsRequest{})
		if err == nil {
			_, err = aulav1.NewQuizServiceClient(r.probe.conn).GetAttempt(ctx, &aulav1.GetAttemptRequest{Attempt: q.id})
		}
		cancel()
		if err != nil {
			f.add(wrong, "a read was not answered after %v: %v", time.Since(began).Round(time.Millisecond), err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return f
}

// readTime is how long a read may take, whatever becomes of writes.
const readTime = 5 * time.Second

func full(r *round) error {
	return r.outage(func(f *faults) { f.full.Store(true) }, true)
}

func readOnly(r *round) error {
	return r.outage(func(f *faults) { f.readOnly.Store(true) }, true)
}

func ioError(r *round) error {
	return r.outage(func(f *faults) { f.oneIn.Store(int64(5 + r.chances.IntN(60))) }, false)
}

// Bounds on a server whose disk is slow, or whose clients are stuck.
const (
	maxPeak   = 512 << 20        // bytes of memory
	maxLog    = 64 << 20         // bytes of SQLite's log
	maxWait   = 10 * time.Second // for an acknowledgement
	syncTime  = 200 * time.Millisecond
	slowTime  = 2 * time.Second
	shortTime = 50 * time.Millisecond
)

// slow has each sync take long. Reads are not slower for it, writes share what syncs there are,
// and who has no time is told so in time.
func slow(r *round) error {
	r.busy(20, 100)
	r.disk.faults.slow.Store(int64(syncTime))
	before := r.world.acknowledged()
	f := r.readAlong(slowTime / 2)
	r.hurry(f)
	f.list = append(f.list, r.readAlong(slowTime/2).list...)
	r.disk.faults.none()
	done := r.world.acknowledged() - before
	if done == 0 {
		f.add(wrong, "nothing was acknowledged in %v", slowTime)
	}
	r.note("%d acknowledged meanwhile", done)
	r.found = append(r.found, f.list...)
	return r.bounded()
}

// hurry makes calls that have not the time for a sync.
func (r *round) hurry(f *findings) {
	for range 5 {
		ctx, cancel := context.WithTimeout(r.ctx, shortTime)
		began := time.Now()
		_, err := aulav1.NewQuizServiceClient(r.probe.conn).FinishAttempt(ctx, &aulav1.FinishAttemptRequest{Attempt: r.probe.current().id})
		cancel()
		if took := time.Since(began); took > 10*shortTime {
			f.add(wrong, "a call of %v took %v: %v", shortTime, took, err)
		}
	}
}

// bounded checks that nothing has grown beyond its bounds.
func (r *round) bounded() error {
	peak := r.server.peak()
	log, err := os.Stat(r.data("aula.db-wal")) // in the folder below where it is on a disk of ours
	if err != nil {
		return err
	}
	r.note("peak %d MB, log %d MB", peak>>20, log.Size()>>20)
	if peak > maxPeak || log.Size() > maxLog {
		r.found = append(r.found, violation{wrong, fmt.Sprintf("%d MB of memory, %d MB of log", peak>>20, log.Size()>>20)})
	}
	return nil
}
