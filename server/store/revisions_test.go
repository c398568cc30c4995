package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/server/store"
)

// written is what an author writes, and what learners get of it.
func written(id, title string) store.Edition {
	set, source := aSet(id, title), aSet(id, title)
	set.Questions = []*aulav1.Question{{Id: "wren"}, {Id: "wren.card"}}
	source.Questions = set.GetQuestions()[:1]
	return store.Edition{Set: pack(set), Source: pack(source), Owner: "ana", Author: "Ana", File: "birds.gift"}
}

func pack(set *aulav1.QuestionSet) *packed.Set {
	content, err := packed.Of(set)
	if err != nil {
		panic(err)
	}
	return content
}

func revise(t *testing.T, s *store.Store, e store.Edition, want int32) {
	t.Helper()
	e.After = want - 1
	if revision, err := s.Revise(t.Context(), e, now); err != nil || revision != want {
		t.Fatalf("revision %d, %v; want %d", revision, err, want)
	}
}

func wantSet(t *testing.T, s *store.Store, want store.Set) {
	t.Helper()
	if got, err := s.Set(t.Context(), want.ID); err != nil || got != want {
		t.Errorf("the set is %+v, %v; want %+v", got, err, want)
	}
	current, err := s.CurrentRevision(t.Context(), want.ID)
	if shown := want.Revision > 0 && want.ArchivedAt.IsZero(); shown && (err != nil || current != want.Revision) ||
		!shown && !errors.Is(err, store.ErrNotFound) {
		t.Errorf("learners get revision %d, %v of %+v", current, err, want)
	}
}

func TestRevise(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		draft := written("birds", "Birds")
		draft.Draft = true
		revise(t, s, draft, 1)
		wantSet(t, s, store.Set{ID: "birds", Owner: "ana", Newest: 1, Draft: true})
		if listed, err := s.Sets(ctx, "", 10); err != nil || len(listed) > 0 {
			t.Errorf("learners see %v, %v", listed, err)
		}
		second := written("birds", "More birds")
		second.Owner, second.Author, second.File = "eva", "Eva", "more.gift"
		revise(t, s, second, 2)
		wantSet(t, s, store.Set{ID: "birds", Owner: "ana", Revision: 2, Newest: 2})
		for revision, e := range map[int32]store.Edition{1: draft, 2: second} {
			set, err := s.Revision(ctx, "birds", revision)
			if err != nil || !proto.Equal(set, e.Set.Message()) {
				t.Errorf("revision %d tells learners %v, %v", revision, set, err)
			}
			if source, err := s.Source(ctx, "birds", revision); err != nil || !proto.Equal(source.Message(), e.Source.Message()) {
				t.Errorf("revision %d was written as %v, %v", revision, source, err)
			}
		}
		_, err := s.Source(ctx, "birds", 3)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Revise(ctx, draft, now)
		wantErr(t, err, store.ErrOutOfDate)
		_, err = s.Set(ctx, "fish")
		wantErr(t, err, store.ErrNotFound)

		revise(t, s, draft, 3)
		list, err := s.Revisions(ctx, "birds", 0, 2)
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if r := list[0]; r.Number != 3 || !r.Draft || r.Author != "Ana" || r.File != "birds.gift" || r.Questions != 2 || r.CreatedAt != now {
			t.Errorf("the newest is %+v", r)
		}
		if rest, err := s.Revisions(ctx, "birds", 2, 2); err != nil || len(rest) != 1 || rest[0].Number != 1 {
			t.Errorf("after the first page %+v, %v", rest, err)
		}
	})
}

// Of those who revise at once none is lost: one goes first, the others are told.
func TestReviseAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		var errs [12]error
		atOnce(len(errs), func(i int) {
			e := written("birds", fmt.Sprint("Birds ", i))
			e.Owner = fmt.Sprint("teacher ", i)
			_, errs[i] = []*store.Store{s, other}[i%2].Revise(t.Context(), e, now)
		})
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else {
				wantErr(t, err, store.ErrOutOfDate)
			}
		}
		if list, err := s.Revisions(t.Context(), "birds", 0, 100); err != nil || len(list) != 1 || made != 1 {
			t.Errorf("%d were made, and there is %+v, %v", made, list, err)
		}
	})
}

func TestPublishDraft(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		draft := written("birds", "Birds")
		draft.Draft = true
		refused := func(revision int32, want error) {
			t.Helper()
			_, err := s.PublishDraft(ctx, "birds", revision, now)
			wantErr(t, err, want)
		}
		refused(0, store.ErrNotFound)
		revise(t, s, draft, 1)
		revise(t, s, draft, 2)
		refused(3, store.ErrNotFound)
		refused(1, store.ErrNotADraft)
		if revision, err := s.PublishDraft(ctx, "birds", 2, now); err != nil || revision != 2 {
			t.Errorf("published %d, %v", revision, err)
		}
		wantSet(t, s, store.Set{ID: "birds", Owner: "ana", Revision: 2, Newest: 2})
		refused(0, store.ErrNotADraft)
		revise(t, s, draft, 3)
		wantSet(t, s, store.Set{ID: "birds", Owner: "ana", Revision: 2, Newest: 3, Draft: true})
		if revision, err := s.PublishDraft(ctx, "birds", 0, now); err != nil || revision != 3 {
			t.Errorf("published %d, %v", revision, err)
		}
	})
}

func TestRestore(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		first := written("birds", "Birds")
		revise(t, s, first, 1)
		revise(t, s, written("birds", "More birds"), 2)
		restore := func(revision, want int32, made bool) {
			t.Helper()
			if current, created, err := s.RestoreRevision(ctx, "birds", revision, "Eva", now); err != nil || current != want || created != made {
				t.Errorf("restoring %d made %d, %v, %v", revision, current, created, err)
			}
		}
		restore(2, 2, false)
		restore(1, 3, true)
		restore(1, 3, false)
		source, err := s.Source(ctx, "birds", 3)
		if err != nil || !proto.Equal(source.Message(), first.Source.Message()) {
			t.Errorf("restored is %v, %v", source, err)
		}
		list, err := s.Revisions(ctx, "birds", 0, 1)
		if err != nil || list[0].RestoredFrom != 1 || list[0].Author != "Eva" || list[0].File != "" || list[0].Questions != 2 {
			t.Errorf("the newest is %+v, %v", list, err)
		}
		for _, missing := range []string{"birds", "fish"} {
			_, _, err = s.RestoreRevision(ctx, missing, 9, "Eva", now)
			wantErr(t, err, store.ErrNotFound)
		}
		_, err = s.Set(ctx, "fish")
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestArchive(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		a := anAttempt(t, s, "first")
		for range 2 {
			if err := s.Archive(ctx, "birds", true, now); err != nil {
				t.Fatal(err)
			}
			wantSet(t, s, store.Set{ID: "birds", Revision: 1, Newest: 1, ArchivedAt: now})
		}
		if listed, err := s.Sets(ctx, "", 10); err != nil || len(listed) > 0 {
			t.Errorf("learners see %v, %v", listed, err)
		}
		if _, err := s.Revision(ctx, a.Set, a.Revision); err != nil {
			t.Errorf("an attempt under way finds its revision: %v", err)
		}
		if err := s.Archive(ctx, "birds", false, now); err != nil {
			t.Fatal(err)
		}
		wantSet(t, s, store.Set{ID: "birds", Revision: 1, Newest: 1})
		wantErr(t, s.Archive(ctx, "fish", true, now), store.ErrNotFound)
	})
}

func TestOwnSets(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		if _, err := s.CreateKey(ctx, store.Key{ID: "ana", Name: "Ana P.", Hash: []byte{1}, CreatedAt: now}); err != nil {
			t.Fatal(err)
		}
		for id, owner := range map[string]string{"a-z": "ana", "a0": "eva", "aa": "ana", "z": ""} {
			e := written(id, "Set "+id)
			e.Owner = owner
			revise(t, s, e, 1)
			e.Draft, e.Set.Head.Title["en"] = true, "Draft "+id
			revise(t, s, e, 2)
		}
		list := func(sets []store.OwnSet, err error) (ids []string) {
			t.Helper()
			for _, set := range sets {
				ids = append(ids, set.ID)
				owner := map[string]string{"ana": "Ana P."}[set.Owner]
				if set.Newest != 2 || !set.Draft || set.Revision != 1 || set.Head.GetTitle()["en"] != "Draft "+set.ID || set.OwnerName != owner {
					t.Errorf("%+v", set)
				}
			}
			if err != nil {
				t.Error(err)
			}
			return ids
		}
		for _, c := range []struct{ got, want []string }{
			{list(s.OwnSets(ctx, "ana", "", 9)), []string{"a-z", "aa"}},
			{list(s.OwnSets(ctx, "ana", "a-z", 9)), []string{"aa"}},
			{list(s.OwnSets(ctx, "luz", "", 9)), nil},
			{list(s.AllSets(ctx, "", 3)), []string{"a-z", "a0", "aa"}},
			{list(s.AllSets(ctx, "aa", 3)), []string{"z"}},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Errorf("listed %v, want %v", c.got, c.want)
			}
		}
	})
}

// shippedAs is a set that comes with Aula, and how often what its author wrote was read.
func shippedAs(t *testing.T, title string, read *int) store.Shipped {
	t.Helper()
	e := written("birds", title)
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(e.Set.Message())
	if err != nil {
		t.Fatal(err)
	}
	return store.Shipped{ID: "birds", Content: content, Source: func() (*aulav1.QuestionSet, error) {
		*read++
		return e.Source.Message(), nil
	}}
}

// What the server ships takes the place of what it shipped before, and of nobody else's.
func TestPublishShipped(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx, read := open(t, name), t.Context(), 0
		ship := func(title string, revision int32, created bool, reads int) {
			t.Helper()
			got, made, err := s.PublishShipped(ctx, shippedAs(t, title, &read), now)
			if err != nil || got != revision || made != created || read != reads {
				t.Errorf("%s: %d, %v, %v after %d reads; want %d, %v, %d", title, got, made, err, read, revision, created, reads)
			}
		}
		ship("Birds", 1, true, 1)
		ship("Birds", 1, false, 1)
		ship("More birds", 2, true, 2)
		if source, err := s.Source(ctx, "birds", 2); err != nil || !proto.Equal(source.Message(), written("birds", "More birds").Source.Message()) {
			t.Errorf("its author wrote %v, %v", source, err)
		}
		e := written("birds", "My birds")
		e.Author = "" // on the server's own machine
		revise(t, s, e, 3)
		ship("Birds", 3, false, 2)
		if _, _, err := s.RestoreRevision(ctx, "birds", 1, "", now); err != nil {
			t.Fatal(err)
		}
		ship("More birds", 4, false, 2)
	})
}

// A database of before there were drafts, owners and sources goes on as it was, and gets
// what can be found out.
func TestUpgradeOfRevisions(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx, read := open(t, name), t.Context(), 0
		if _, _, err := s.PublishShipped(ctx, shippedAs(t, "Birds", &read), now); err != nil {
			t.Fatal(err)
		}
		execRaw(t, name, `UPDATE revisions SET source_digest = '', head = NULL, question_count = NULL`)
		if list, err := s.Revisions(ctx, "birds", 0, 9); err != nil || list[0].Questions != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		if sets, err := s.AllSets(ctx, "", 9); err != nil || sets[0].Head.GetTitle()["en"] != "Birds" || sets[0].Head.GetQuestions() != nil {
			t.Errorf("%+v, %v", sets, err)
		}
		if source, err := s.Source(ctx, "birds", 1); err != nil || len(source.Questions) != 2 {
			t.Errorf("without a source there is %v, %v", source, err)
		}
		for range 2 {
			if revision, created, err := s.PublishShipped(ctx, shippedAs(t, "Birds", &read), now); err != nil || revision != 1 || created {
				t.Errorf("%d, %v, %v", revision, created, err)
			}
		}
		if source, err := s.Source(ctx, "birds", 1); err != nil || len(source.Questions) != 1 || read != 2 {
			t.Errorf("the source is %v, %v after %d reads", source, err, read)
		}
	})
}

func execRaw(t *testing.T, name, query string, args ...any) {
	t.Helper()
	raw, err := sql.Open(driverOf(name))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// digests lists what there is of content.
func digests(t *testing.T, name string) (found []string) {
	t.Helper()
	raw, err := sql.Open(driverOf(name))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	rows, err := raw.QueryContext(t.Context(), `SELECT DISTINCT digest FROM contents`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var digest string
		if err := rows.Scan(&digest); err != nil {
			t.Fatal(err)
		}
		found = append(found, digest)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// What nothing came to refer to within a day goes, and nothing else does: sources and media
// in use stay, however old.
func TestSweep(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		keep := func(text string, at time.Time) string {
			t.Helper()
			m, err := s.KeepMedia(ctx, "image/png", []byte(text), at)
			if err != nil {
				t.Fatal(err)
			}
			return m.Digest
		}
		used, forgotten, again := keep("used", now), keep("forgotten", now), keep("again", now)
		e := written("birds", "Birds")
		e.Set.Head.Media = []*aulav1.Media{{Id: "wren", Digest: used}, {Id: "same", Digest: used}, {Id: "elsewhere", Uri: "https://example.org"}}
		revise(t, s, e, 1)
		lost := e // whose writer was too late
		lost.Set = pack(e.Set.Message())
		lost.Set.Head = proto.CloneOf(lost.Set.Head)
		lost.Set.Head.Title["en"] = strings.Repeat("Lost birds", 100_000)
		lost.Set.Head.Media = append(lost.Set.Head.Media, &aulav1.Media{Id: "lost", Digest: forgotten})
		_, err := s.Revise(ctx, lost, now)
		wantErr(t, err, store.ErrOutOfDate)
		if n := len(digests(t, name)); n != 6 {
			t.Fatalf("%d contents at first", n)
		}

		later := now.Add(25 * time.Hour)
		if missing, err := s.TouchMedia(ctx, []string{again, "none"}, later); err != nil || !slices.Equal(missing, []string{"none"}) {
			t.Errorf("missing are %v, %v", missing, err)
		}
		for revision := range int32(3) { // one sweep after another: references first, then what they kept
			next := written("fish", fmt.Sprint("Fish ", revision))
			next.After = revision
			if _, err := s.Revise(ctx, next, later); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := len(digests(t, name)), 2+2+6; got != want { // birds, media, fish
			t.Errorf("%d contents are left, want %d", got, want)
		}
		for digest, want := range map[string]error{used: nil, again: nil, forgotten: store.ErrNotFound} {
			if _, err := s.Media(ctx, digest); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", digest, err, want)
			}
		}
		if _, err := s.Source(ctx, "birds", 1); err != nil {
			t.Error(err)
		}
		if digest := keep("forgotten", later); digest != forgotten {
			t.Errorf("kept again as %s", digest)
		}
		if got := readMedia(ctx, t, s, forgotten, 0, 100); got != "forgotten" {
			t.Errorf("kept again as %q", got)
		}
	})
}

func readMedia(ctx context.Context, t *testing.T, s *store.Store, digest string, offset, length int64) string {
	t.Helper()
	m, err := s.Media(ctx, digest)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	err = s.ReadMedia(ctx, m, offset, length, func(piece []byte) error {
		got = append(got, piece...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// A store in memory is empty, does all that another does, and shares nothing with the next.
func TestOpenInMemory(t *testing.T) {
	for range 2 {
		s, err := store.OpenInMemory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		revise(t, s, written("birds", "Birds"), 1)
		wantSet(t, s, store.Set{ID: "birds", Owner: "ana", Revision: 1, Newest: 1})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
