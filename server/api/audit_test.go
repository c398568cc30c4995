package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
	"aula/server/store"
)

// What teachers and administrators change is in the audit log, once, with who it was and from
// where; what changes nothing is not, and nobody's name.
func TestAudit(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Address: 1000}))
	ana, root, luz := w.teacher("Ana Quispe"), w.admin(), w.learner("Luz de América")
	if _, err := w.store.AuditLog(t.Context(), "", 1); err != nil {
		t.Fatal(err)
	}
	before := audited(t, w)
	school := func(s *someone) context.Context { return from(s.ctx(), "192.0.2.77") }
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas"))
	ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")) // changes nothing
	ana.load(&aulav1.LoadSetHeader{DryRun: true}, seas(3, "Seas"))
	ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(2, "Seas"))
	must(w.library.PublishDraft(school(ana), &aulav1.PublishDraftRequest{Set: "seas"}))
	must(w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 1}))
	must(w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 1})) // nothing
	for range 2 {
		must(w.library.ArchiveSet(ana.ctx(), &aulav1.ArchiveSetRequest{Set: "seas"}))
	}
	must(w.library.ArchiveSet(root.ctx(), &aulav1.ArchiveSetRequest{Set: "seas", Undo: true}))
	made, err := w.keys.CreateKey(root.ctx(), &aulav1.CreateKeyRequest{Role: aulav1.AccessKey_TEACHER, Name: "Eva"})
	must(made, err)
	for range 2 {
		must(w.keys.RevokeKey(root.ctx(), &aulav1.RevokeKeyRequest{Id: made.GetKey().GetId()}))
	}
	profile, err := w.learn.GetLearner(luz.ctx(), &aulav1.GetLearnerRequest{})
	must(profile, err)
	id := profile.GetLearner().GetId()
	must(all(w.learn.ExportLearner(school(luz), &aulav1.ExportLearnerRequest{})))
	must(w.learn.DeleteLearner(school(luz), &aulav1.DeleteLearnerRequest{Id: id}))

	lines := audited(t, w)[len(before):]
	type line struct {
		key      string
		action   store.Action
		subject  string
		revision int32
		address  string
	}
	key, learner := made.GetKey().GetId(), store.LearnerDigest(id)
	want := []line{
		{ana.id, store.LoadedSet, "seas", 1, ""},
		{ana.id, store.DraftedSet, "seas", 2, ""},
		{ana.id, store.PublishedDraft, "seas", 2, "192.0.2.77"},
		{ana.id, store.RestoredRevision, "seas", 3, ""},
		{ana.id, store.ArchivedSet, "seas", 0, ""},
		{root.id, store.UnarchivedSet, "seas", 0, ""},
		{root.id, store.CreatedKey, key, 0, ""},
		{root.id, store.RevokedKey, key, 0, ""},
		{"", store.ExportedLearner, learner, 0, ""},
		{"", store.ErasedLearner, learner, 0, ""},
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines, want %d", len(lines), len(want))
	}
	for i, l := range lines {
		if i < len(want) && (line{l.Key, l.Action, l.Subject, l.Revision, l.Address}) != want[i] {
			t.Errorf("line %d is %+v, want %+v", i, l, want[i])
		}
		if text := fmt.Sprint(l); strings.Contains(text, "Luz") || strings.Contains(text, id) || strings.Contains(text, made.GetSecret()) {
			t.Errorf("line %d tells %s", i, text)
		}
	}
	for i, l := range lines {
		if of := l.Action == store.CreatedKey || l.Action == store.RevokedKey; of != (l.Holder == "Eva" && l.HolderRole == aulav1.AccessKey_TEACHER) || !of && l.Holder != "" {
			t.Errorf("line %d is of %q, %v", i, l.Holder, l.HolderRole)
		}
	}
	if lines[0].Name != "Ana Quispe" || lines[0].Role != aulav1.AccessKey_TEACHER || lines[8].Role != aulav1.AccessKey_LEARNER {
		t.Errorf("%+v, %+v", lines[0], lines[8])
	}
}

// audited is the audit log, the oldest first.
func audited(t *testing.T, w *world) (lines []store.Audited) {
	t.Helper()
	for before := ""; ; {
		page, err := w.store.AuditLog(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range page {
			lines = append([]store.Audited{line}, lines...)
		}
		if len(page) < 3 {
			return lines
		}
		before = page[2].ID
	}
}
