package api

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions/sets"
	"aula/server/store"
)

// crowded is a server whose set "rivers" has a million standings, and an attempt at it.
func crowded(b *testing.B) (s scoreService, attempt string) {
	b.Helper()
	name := filepath.Join(b.TempDir(), "aula.db")
	open := func() *store.Store {
		db, err := store.Open(b.Context(), name)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		return db
	}
	db := open()
	text, err := os.ReadFile("testdata/rivers.yaml")
	if err != nil {
		b.Fatal(err)
	}
	set, err := sets.Parse("rivers.yaml", text)
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := db.Publish(b.Context(), set, time.Now()); err != nil {
		b.Fatal(err)
	}
	a, err := db.CreateAttempt(b.Context(), store.Attempt{ID: "777", Set: "rivers", Revision: 1, Participant: "777", StartedAt: time.Now()})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := sql.Open("sqlite", name)
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	_, err = raw.ExecContext(b.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO standings SELECT 'rivers', CAST(i AS TEXT), 'Ana ' || i, abs(random()) % 1170, 1170,
			1700000000000 + abs(random()) % 100000000000, abs(random()) FROM n`)
	if err != nil {
		b.Fatal(err)
	}
	bundle, err := locales.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	db = open()
	server, err := New(Config{Store: db, Locales: bundle, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	for { // counting a million rows takes longer, so from then on memory answers
		start := time.Now()
		if _, total, err := db.Top(b.Context(), "rivers"); err != nil || total != 1_000_000 {
			b.Fatal(total, err)
		}
		if time.Since(start) < time.Millisecond {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return newScoreService(server), a.ID
}

// BenchmarkGetLeaderboard answers, down to the wire form, what gRPC then sends.
func BenchmarkGetLeaderboard(b *testing.B) {
	s, attempt := crowded(b)
	ctx := withCaller(b.Context(), s.newCaller(b.Context()))
	for _, rows := range []int32{10, 100} {
		for name, attempt := range map[string]string{"top": "", "top and mine": attempt} {
			b.Run(fmt.Sprint(name, "/", rows), func(b *testing.B) {
				b.ReportAllocs()
				var wire []byte
				for b.Loop() {
					resp, err := s.GetLeaderboard(ctx, &aulav1.GetLeaderboardRequest{Set: "rivers", PageSize: rows, Attempt: attempt})
					if err != nil {
						b.Fatal(err)
					}
					if wire, err = (proto.MarshalOptions{}).MarshalAppend(wire[:0], resp); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(wire)), "bytes")
			})
		}
	}
}
