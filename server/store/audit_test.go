package store_test

import (
	"errors"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// A line is there where the change is, and only there; lines come newest first, in pages, and
// tell nothing of a learner's but a digest.
func TestAudit(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		ctx := store.By(t.Context(), store.Actor{Key: "key-ana", Role: aulav1.AccessKey_TEACHER, Name: "Ana Ñusta", Address: "2001:db8::7"})
		if _, _, err := s.Publish(t.Context(), aSet("birds", "Birds"), now); err != nil {
			t.Fatal(err)
		}
		for _, archived := range []bool{true, true, false, false} {
			if err := s.Archive(ctx, "birds", archived, now); err != nil {
				t.Fatal(err)
			}
		}
		wantErr(t, s.Archive(ctx, "bees", true, now), store.ErrNotFound)
		failed := errors.New("failed")
		wantErr(t, s.Tx(ctx, func(s *store.Store) error {
			if err := s.Archive(ctx, "birds", true, now); err != nil {
				return err
			}
			return failed
		}), failed)
		aStudent(t, s, "luz-maria")
		learner := store.By(t.Context(), store.Actor{Key: "key-luz-maria", Role: aulav1.AccessKey_LEARNER, Name: "Luz", Address: "192.0.2.9"})
		if err := s.EraseLearner(learner, "luz-maria", now); err != nil {
			t.Fatal(err)
		}
		var got []string
		for before := ""; ; {
			lines, err := s.AuditLog(t.Context(), before, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines {
				got = append(got, strings.Join([]string{string(l.Action), l.Subject, l.Key, l.Name, l.Address, l.Role.String()}, " "))
				if !l.At.Equal(now) {
					t.Errorf("at %v", l.At)
				}
				before = l.ID
			}
			if len(lines) < 2 {
				break
			}
		}
		want := []string{
			"ERASE_LEARNER " + store.LearnerDigest("luz-maria") + "    LEARNER",
			"UNARCHIVE_SET birds key-ana Ana Ñusta 2001:db8::7 TEACHER",
			"ARCHIVE_SET birds key-ana Ana Ñusta 2001:db8::7 TEACHER",
			"SHIP_SET birds    ROLE_UNSPECIFIED",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
