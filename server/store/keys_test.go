package store_test

import (
	"reflect"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func TestKeys(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		create := func(k store.Key) store.Key {
			t.Helper()
			k.Hash, k.CreatedAt = []byte{1, 2, 3}, now
			kept, err := s.CreateKey(ctx, k)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Key(ctx, k.ID); err != nil || !reflect.DeepEqual(got, kept) {
				t.Errorf("kept as %+v, %v; told %+v", got, err, kept)
			}
			return kept
		}
		first := create(store.Key{ID: "a0", Role: aulav1.AccessKey_TEACHER, Name: "Ana Pérez"})
		second := create(store.Key{ID: "b1", Role: aulav1.AccessKey_TEACHER, Name: "Ana's phone", Teacher: "a0", ExpiresAt: now.Add(time.Hour)})
		third := create(store.Key{ID: "c2", Role: aulav1.AccessKey_ADMIN, Name: "Eva", Teacher: "b1"})
		if first.Teacher != "a0" || second.Teacher != "a0" || third.Teacher != "a0" {
			t.Errorf("they belong to %s, %s, %s", first.Teacher, second.Teacher, third.Teacher)
		}
		_, err := s.CreateKey(ctx, store.Key{ID: "d3", Teacher: "nobody", CreatedAt: now})
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Key(ctx, "d3")
		wantErr(t, err, store.ErrNotFound)

		for range 2 { // the second time is later, and changes nothing
			k, err := s.RevokeKey(ctx, "b1", now.Add(time.Minute))
			if err != nil || !k.RevokedAt.Equal(now.Add(time.Minute)) {
				t.Errorf("revoked as %+v, %v", k, err)
			}
		}
		_, err = s.RevokeKey(ctx, "d3", now)
		wantErr(t, err, store.ErrNotFound)

		list := func(before string, n int) (ids string) {
			t.Helper()
			keys, err := s.Keys(ctx, before, n)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range keys {
				ids += k.ID + " "
			}
			return ids
		}
		if got := list("", 2) + list("b1", 2) + list("a0", 2); got != "c2 b1 a0 " {
			t.Errorf("listed %s", got)
		}
	})
}
