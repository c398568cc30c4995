package api

import (
	"fmt"
	"testing"

	aulav1 "aula/proto/aula/v1"
)

// What is kept of earlier revisions is bounded by how much there is in them, not only by how many
// there are; a current one, and one that is wanted now, stays beside the others.
func TestRevisionsKept(t *testing.T) {
	r, err := newRevisions(nil, func(string, string) []string { return []string{"yes", "no"} })
	if err != nil {
		t.Fatal(err)
	}
	set := &aulav1.QuestionSet{Id: "large", Title: map[string]string{"en": "Large"}, Language: "en"}
	for i := range 20_000 {
		set.Questions = append(set.Questions, &aulav1.Question{
			Id: fmt.Sprint("q", i), Text: map[string]string{"en": "?"}, Kind: &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{}},
		})
	}
	for revision := range int32(5) {
		if _, err := r.keep(revisionKey{"large", revision}, set); err != nil {
			t.Fatal(err)
		}
	}
	if n, size := r.loaded.Len(), r.size.Load(); n != 2 || size != 40_000 {
		t.Errorf("%d revisions are kept, with %d questions", n, size)
	}
	for _, key := range []revisionKey{{"other", 1}, {"another", 1}, {"large", 0}} {
		if _, err := r.keep(key, set); err != nil {
			t.Fatal(err)
		}
		for _, current := range []revisionKey{{"large", 4}, key} {
			if !r.loaded.Contains(current) {
				t.Errorf("with %v, %v is gone", key, current)
			}
		}
	}
	if n := r.loaded.Len(); n != 4 {
		t.Errorf("%d revisions are kept", n)
	}
	r.loaded.Purge()
	if size := r.size.Load(); size != 0 {
		t.Errorf("%d questions of nothing", size)
	}
}
