package store_test

import (
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func TestPublish(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		publish := func(set *aulav1.QuestionSet, revision int32, created bool) {
			t.Helper()
			gotRevision, gotCreated, err := s.Publish(ctx, set, now)
			if err != nil || gotRevision != revision || gotCreated != created {
				t.Errorf("Publish = %d, %v, %v; want %d, %v", gotRevision, gotCreated, err, revision, created)
			}
		}
		publish(aSet("birds", "Birds"), 1, true)
		publish(aSet("birds", "Birds"), 1, false)
		publish(aSet("birds", "More birds"), 2, true)
		publish(aSet("birds", "Birds"), 3, true) // going back is a revision too
		publish(aSet("b-irds", "Others"), 1, true)
		encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(aSet("birds", "Birds"))
		if err != nil {
			t.Fatal(err)
		}
		shipped := store.Shipped{ID: "birds", Content: encoded, Source: func() (*aulav1.QuestionSet, error) {
			return nil, errors.New("read in vain")
		}}
		if revision, created, err := s.PublishShipped(ctx, shipped, now); err != nil || revision != 3 || created {
			t.Errorf("the same set encoded = %d, %v, %v; want 3, false", revision, created, err)
		}

		for revision, title := range map[int32]string{1: "Birds", 2: "More birds", 3: "Birds"} {
			got, err := s.Revision(ctx, "birds", revision)
			if err != nil || !proto.Equal(got, aSet("birds", title)) {
				t.Errorf("revision %d = %v, %v", revision, got, err)
			}
		}
		_, err = s.Revision(ctx, "birds", 4)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.CurrentRevision(ctx, "fish")
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestPublishAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		var made [16]bool
		atOnce(len(made), func(i int) {
			var err error
			if _, made[i], err = []*store.Store{s, other}[i%2].Publish(t.Context(), aSet("birds", "Birds"), now); err != nil {
				t.Error(err)
			}
		})
		if n := count(made[:], true); n != 1 {
			t.Errorf("%d of them made a revision, want 1", n)
		}
	})
}

// Sets are listed by the bytes of their ids, whatever the server's locale says.
func TestSetsInOrder(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		ids := []string{"a-z", "a0", "aa", "ab-c", "abb", "z"}
		for _, i := range []int{3, 0, 5, 1, 4, 2} {
			if _, _, err := s.Publish(ctx, aSet(ids[i], "Set"), now); err != nil {
				t.Fatal(err)
			}
		}
		var listed []string
		for after := ""; ; {
			page, err := s.Sets(ctx, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			listed = append(listed, page...)
			after = page[len(page)-1]
		}
		if !slices.Equal(listed, ids) {
			t.Errorf("listed %v, want %v", listed, ids)
		}
	})
}
