package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/server/store"
)

func digestOf(t *testing.T, m proto.Message) string {
	t.Helper()
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

func (s *someone) revisions(set string) []*aulav1.Revision {
	s.w.t.Helper()
	resp, err := s.w.library.ListRevisions(s.ctx(), &aulav1.ListRevisionsRequest{Set: set})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return resp.GetRevisions()
}

// shown is the revision of a set that learners get; 0 where they do not see it.
func (w *world) shown(set string) int32 {
	w.t.Helper()
	got, err := w.catalog.GetSet(w.t.Context(), &aulav1.GetSetRequest{Set: set})
	listed, listErr := w.catalog.ListSets(w.t.Context(), &aulav1.ListSetsRequest{})
	if listErr != nil {
		w.t.Fatal(listErr)
	}
	inList := slices.ContainsFunc(listed.GetSets(), func(s *aulav1.SetSummary) bool { return s.GetId() == set })
	_, startErr := w.quiz.StartAttempt(w.t.Context(), &aulav1.StartAttemptRequest{Set: set})
	if (err == nil) != inList || (err == nil) != (startErr == nil) {
		w.t.Errorf("%s: described %v, listed %v, started %v", set, err, inList, startErr)
	}
	return got.GetSet().GetRevision()
}

// The life of a set: loaded, the same again, edited, drafted, published, restored, archived.
func TestLoadSet(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana Pérez")
	wantReport(t, ana.load(&aulav1.LoadSetHeader{DryRun: true}, seas(1, "Seas")), aulav1.LoadReport_CHECKED, 0)
	if _, err := w.store.Set(t.Context(), "seas"); err == nil {
		t.Error("checking has made a set")
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{File: "mares.yaml"}, seas(1, "Seas")), aulav1.LoadReport_PUBLISHED, 1)
	attempt := w.start(&aulav1.StartAttemptRequest{Set: "seas"})
	for range 2 {
		wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")), aulav1.LoadReport_UNCHANGED, 1)
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{DryRun: true}, seas(2, "Seas")), aulav1.LoadReport_CHECKED, 1)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(2, "Seas")), aulav1.LoadReport_PUBLISHED, 2)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, "questions: [{"), aulav1.LoadReport_REFUSED, 2)
	if w.shown("seas") != 2 {
		t.Error("learners do not get the second revision")
	}

	wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(3, "Seas")), aulav1.LoadReport_DRAFTED, 3)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(3, "Seas")), aulav1.LoadReport_UNCHANGED, 3)
	if w.shown("seas") != 2 {
		t.Error("learners get a draft")
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{DryRun: true}, seas(3, "Seas")), aulav1.LoadReport_CHECKED, 2)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(3, "Seas")), aulav1.LoadReport_PUBLISHED, 3) // what was a draft
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(4, "Seas")), aulav1.LoadReport_DRAFTED, 4)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Set: "seas", Translate: true, ContentLanguage: "es"}, seas(4, "Seas")), aulav1.LoadReport_UNCHANGED, 4)
	if w.shown("seas") != 3 {
		t.Error("a translation publishes a draft")
	}
	published, err := w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas"})
	if err != nil || published.GetRevision() != 4 || w.shown("seas") != 4 {
		t.Errorf("published %v, %v", published, err)
	}
	_, err = w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_DRAFT, "La revisión 4 de «seas» no es un borrador")
	_, err = w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas", Revision: 9, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_REVISION_NOT_FOUND, "no tiene una revisión 9")

	for _, created := range []bool{true, false} {
		restored, err := w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 1})
		if err != nil || restored.GetRevision() != 5 || restored.GetCreated() != created || w.shown("seas") != 5 {
			t.Errorf("restored %v, %v", restored, err)
		}
	}
	_, err = w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 9, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_REVISION_NOT_FOUND, "9")
	_, err = w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "revision: debe ser al menos 1")

	var told []string
	for _, r := range ana.revisions("seas") {
		told = append(told, fmt.Sprint(r.GetRevision(), r.GetAuthor(), r.GetFile(), r.GetCurrent(), r.GetDraft(), r.GetRestoredFrom(), r.GetQuestionCount()))
	}
	want := []string{
		fmt.Sprint(5, "Ana Pérez", "", true, false, 1, 1), fmt.Sprint(4, "Ana Pérez", "seas.yaml", false, false, 0, 4),
		fmt.Sprint(3, "Ana Pérez", "seas.yaml", false, false, 0, 3), fmt.Sprint(2, "Ana Pérez", "seas.yaml", false, false, 0, 2),
		fmt.Sprint(1, "Ana Pérez", "mares.yaml", false, false, 0, 1),
	}
	if !slices.Equal(told, want) {
		t.Errorf("the revisions are\n%v\nwant\n%v", told, want)
	}
	if a := w.get(attempt.GetId(), ""); a.GetRevision() != 1 || len(a.GetPrompts()) != 1 {
		t.Errorf("an attempt under way has become %v", a)
	}
}

func TestArchiveSet(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	ana.load(&aulav1.LoadSetHeader{}, seas(2, "Seas"))
	attempt := w.start(&aulav1.StartAttemptRequest{Set: "seas", Nickname: "Luz"})
	for range 2 {
		if _, err := w.library.ArchiveSet(ana.ctx(), &aulav1.ArchiveSetRequest{Set: "seas"}); err != nil {
			t.Fatal(err)
		}
		if revision := w.shown("seas"); revision != 0 {
			t.Errorf("an archived set is shown at revision %d", revision)
		}
	}
	w.submit(attempt.GetId(), "sea-1", number("1"), "")
	if result := w.finish(attempt.GetId()); result.GetRank() != 1 {
		t.Errorf("the attempt under way ended as %v", result)
	}
	board, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "seas", Attempt: attempt.GetId()})
	if err != nil || len(board.GetRows()) != 1 {
		t.Errorf("who has played sees %v, %v", board, err)
	}
	_, err = w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "seas", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_SET_NOT_FOUND, "seas")
	own, err := w.library.ListOwnSets(ana.ctx(), &aulav1.ListOwnSetsRequest{})
	if err != nil || len(own.GetSets()) != 1 || !own.GetSets()[0].GetArchived() {
		t.Errorf("its teacher sees %v, %v", own, err)
	}
	if _, err := w.library.ArchiveSet(ana.ctx(), &aulav1.ArchiveSetRequest{Set: "seas", Undo: true}); err != nil || w.shown("seas") != 1 {
		t.Errorf("put back: %v", err)
	}
}

// A set that is archived stays so whatever is done to it, and everything says that learners
// do not get it.
func TestRevisingAnArchivedSet(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	if report := ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")); report.GetArchived() {
		t.Error("a new set is archived")
	}
	if _, err := w.library.ArchiveSet(ana.ctx(), &aulav1.ArchiveSetRequest{Set: "seas"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		header    *aulav1.LoadSetHeader
		questions int
		outcome   aulav1.LoadReport_Outcome
		revision  int32
	}{
		{&aulav1.LoadSetHeader{}, 2, aulav1.LoadReport_PUBLISHED, 2},
		{&aulav1.LoadSetHeader{}, 2, aulav1.LoadReport_UNCHANGED, 2},
		{&aulav1.LoadSetHeader{DryRun: true}, 3, aulav1.LoadReport_CHECKED, 2},
		{&aulav1.LoadSetHeader{Draft: true}, 3, aulav1.LoadReport_DRAFTED, 3},
	} {
		report := ana.load(c.header, seas(c.questions, "Seas"))
		wantReport(t, report, c.outcome, c.revision)
		if !report.GetArchived() || w.shown("seas") != 0 {
			t.Errorf("%v: archived %v, shown %d", c.outcome, report.GetArchived(), w.shown("seas"))
		}
	}
	published, err := w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas"})
	if err != nil || !published.GetArchived() || w.shown("seas") != 0 {
		t.Errorf("published %v, %v", published, err)
	}
	restored, err := w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 1})
	if err != nil || !restored.GetArchived() || !restored.GetCreated() || w.shown("seas") != 0 {
		t.Errorf("restored %v, %v", restored, err)
	}
	if _, err := w.library.ArchiveSet(ana.ctx(), &aulav1.ArchiveSetRequest{Set: "seas", Undo: true}); err != nil || w.shown("seas") != 4 {
		t.Errorf("put back: %v, at revision %d", err, w.shown("seas"))
	}
	restored, err = w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: 2})
	if err != nil || restored.GetArchived() || w.shown("seas") != 5 {
		t.Errorf("restored %v, %v", restored, err)
	}
}

func TestListOwnSets(t *testing.T) {
	w := newWorld(t)
	ana, eva, admin := w.teacher("Ana"), w.teacher("Eva"), w.admin()
	for _, id := range []string{"c", "a", "b"} {
		ana.load(&aulav1.LoadSetHeader{Set: id, Draft: id == "b"}, seas(1, "Seas"))
	}
	eva.load(&aulav1.LoadSetHeader{Set: "d"}, seas(1, "Seas"))
	list := func(s *someone, size int32) (told []string) {
		t.Helper()
		for token := ""; ; {
			page, err := w.library.ListOwnSets(s.ctx(), &aulav1.ListOwnSetsRequest{PageSize: size, PageToken: token, Language: "es-EC"})
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range page.GetSets() {
				told = append(told, fmt.Sprint(set.GetId(), " ", set.GetTitle(), set.GetRevision(), set.GetDraft(), set.GetOwner()))
			}
			if token = page.GetNextPageToken(); token == "" {
				return told
			}
		}
	}
	anas := []string{"a Mares1 0Ana", "b Mares0 1Ana", "c Mares1 0Ana"}
	for i, c := range []struct{ got, want []string }{
		{list(ana, 0), anas},
		{list(ana, 1), anas},
		{list(ana, 2), anas},
		{list(eva, 0), []string{"d Mares1 0Eva"}},
		{list(admin, 2), append(anas, "d Mares1 0Eva", "rivers Ríos1 0")},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%d: listed\n%v\nwant\n%v", i, c.got, c.want)
		}
	}
}

func TestCompareRevisions(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	for n := range 3 {
		ana.load(&aulav1.LoadSetHeader{}, seas(n+1, "Seas"))
	}
	compare := func(from, to int32) (*aulav1.CompareRevisionsResponse, error) {
		return w.library.CompareRevisions(ana.ctx(), &aulav1.CompareRevisionsRequest{Set: "seas", From: from, To: to, Language: "es"})
	}
	for _, c := range []struct{ from, to, gotFrom, gotTo, added int32 }{{0, 0, 2, 3, 1}, {1, 3, 1, 3, 2}, {0, 1, 0, 1, 1}, {0, 2, 1, 2, 1}} {
		got, err := compare(c.from, c.to)
		if err != nil || got.GetFrom() != c.gotFrom || got.GetTo() != c.gotTo || got.GetAdded() != c.added || len(got.GetChanges()) == 0 {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
	for _, c := range [][2]int32{{1, 9}, {9, 1}} {
		_, err := compare(c[0], c[1])
		wantReason(t, err, aulav1.ErrorReason_REVISION_NOT_FOUND, "no tiene una revisión 9")
	}
}

// What was exported loads back and changes nothing.
func TestExportSet(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas"))
	ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(800, "Seas"))
	export := func(req *aulav1.ExportSetRequest) (header *aulav1.ExportSetHeader, text string, err error) {
		req.Set, req.Language = "seas", "es"
		messages, err := all(w.library.ExportSet(ana.ctx(), req))
		if err != nil {
			return nil, "", err
		}
		var file bytes.Buffer
		for i, m := range messages {
			file.Write(m.GetChunk())
			if (i == 0) != (m.GetHeader() != nil) || (i == len(messages)-1) != (m.GetSummary() != nil) || len(m.GetChunk()) > 64<<10 {
				t.Errorf("message %d of %d is %v", i, len(messages), m)
			}
		}
		return messages[0].GetHeader(), file.String(), nil
	}
	for _, c := range []struct{ revision, want int32 }{{0, 1}, {1, 1}, {2, 2}} {
		header, text, err := export(&aulav1.ExportSetRequest{Revision: c.revision})
		if err != nil || header.GetRevision() != c.want || header.GetFile() != "seas.yaml" || header.GetContentType() == "" {
			t.Errorf("revision %d: %v, %v", c.revision, header, err)
		}
		if c.want == 2 {
			wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, text), aulav1.LoadReport_UNCHANGED, 2)
		}
	}
	for _, format := range []string{"quizlet", "anki"} { // neither has such a kind
		messages, err := all(w.library.ExportSet(ana.ctx(), &aulav1.ExportSetRequest{Set: "seas", Revision: 1, Format: format, Language: "es"}))
		if err != nil {
			t.Fatal(err)
		}
		told := messages[len(messages)-1].GetSummary().GetProblems()
		p := told[len(told)-1]
		if p.GetQuestion() != "sea-0" || p.GetElement() != "" || format == "quizlet" && !strings.Contains(p.GetMessage(), "del tipo «número»") {
			t.Errorf("%s tells %v", format, p)
		}
	}
	_, _, err := export(&aulav1.ExportSetRequest{Revision: 7})
	wantReason(t, err, aulav1.ErrorReason_REVISION_NOT_FOUND, "7")
	_, _, err = export(&aulav1.ExportSetRequest{Format: "doc"})
	wantReason(t, err, aulav1.ErrorReason_UNKNOWN_FORMAT, "No existe el formato «doc». Los que hay son: ")
	_, _, err = export(&aulav1.ExportSetRequest{Languages: []string{"en", "no such"}})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "«no such»")
}

// Those who ask for a file and never read it keep nobody from theirs.
func TestExportsGoOnBesideIdleReaders(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	ana.load(&aulav1.LoadSetHeader{}, seas(5000, "Seas"))
	conn, err := grpc.NewClient(w.conn.Target(), // it takes no more than this before it is read
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStaticStreamWindowSize(64<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 10 {
		idle, err := aulav1.NewLibraryServiceClient(conn).ExportSet(ana.ctx(), &aulav1.ExportSetRequest{Set: "seas"})
		if err != nil {
			t.Fatal(err)
		}
		if header, err := idle.Recv(); err != nil || header.GetHeader() == nil {
			t.Fatalf("%v, %v", header, err)
		}
	}
	messages, err := all(w.library.ExportSet(ana.ctx(), &aulav1.ExportSetRequest{Set: "seas"}))
	if err != nil || messages[len(messages)-1].GetSummary() == nil {
		t.Errorf("%d messages, %v", len(messages), err)
	}
	if _, err := w.library.CompareRevisions(ana.ctx(), &aulav1.CompareRevisionsRequest{Set: "seas"}); err != nil {
		t.Error(err)
	}
}

// aPicture is a picture of one point.
const aPicture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// A picture is kept under its digest, found by who asks for it, and comes back with an
// export. One that a file only names must be there.
func TestLoadMedia(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	content, err := base64.StdEncoding.DecodeString(aPicture)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	withPicture := func(is string) string {
		return seas(1, "Seas") + "    media: [map]\nmedia:\n  - {id: map, " + is + ", alt: {en: A map, es: Un mapa}}\n"
	}
	named := withPicture("content_type: image/png, digest: " + digest)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, named), aulav1.LoadReport_REFUSED, 0)
	brought := withPicture("data: " + aPicture)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{DryRun: true}, brought), aulav1.LoadReport_CHECKED, 0)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, brought), aulav1.LoadReport_PUBLISHED, 1)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, brought), aulav1.LoadReport_UNCHANGED, 1)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, named), aulav1.LoadReport_UNCHANGED, 1)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Set: "other"}, brought), aulav1.LoadReport_PUBLISHED, 1)
	messages, err := all(w.media.GetMedia(t.Context(), &aulav1.GetMediaRequest{Digest: digest}))
	if err != nil || messages[0].GetContentType() != "image/png" || !bytes.Equal(messages[1].GetChunk(), content) {
		t.Errorf("got %v, %v", messages, err)
	}
	exported, err := all(w.library.ExportSet(ana.ctx(), &aulav1.ExportSetRequest{Set: "seas"}))
	if err != nil || !strings.Contains(fmt.Sprint(exported), aPicture[:40]) {
		t.Errorf("exported %v, %v", exported, err)
	}
}

// Streams that are not as they should be are refused, and leave nothing behind.
func TestLoadMistakes(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	header := func(h *aulav1.LoadSetHeader) *aulav1.LoadSetRequest {
		h.Language = "es"
		return &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: h}}
	}
	good := header(&aulav1.LoadSetHeader{File: "seas.yaml"})
	for _, c := range []struct {
		name    string
		parts   []*aulav1.LoadSetRequest
		reason  aulav1.ErrorReason
		message string
	}{
		{"nothing", nil, aulav1.ErrorReason_INVALID_REQUEST, "header"},
		{"no header", []*aulav1.LoadSetRequest{chunk(seas(1, "Seas"))}, aulav1.ErrorReason_INVALID_REQUEST, "header"},
		{"an empty part", []*aulav1.LoadSetRequest{good, {}}, aulav1.ErrorReason_INVALID_REQUEST, "part: falta"},
		{"two headers", []*aulav1.LoadSetRequest{good, good}, aulav1.ErrorReason_INVALID_REQUEST, "header: va primero"},
		{"a large chunk", []*aulav1.LoadSetRequest{good, chunk(strings.Repeat("x", 1<<20+1))}, aulav1.ErrorReason_INVALID_REQUEST, "1048576 bytes"},
		{"bad id", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{Set: "Ríos del mundo"})}, aulav1.ErrorReason_INVALID_REQUEST, "header.set: debe constar de minúsculas"},
		{"long name", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{File: strings.Repeat("x", 300)})}, aulav1.ErrorReason_INVALID_REQUEST, "header.file"},
		{"unknown format", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{Format: "doc"})}, aulav1.ErrorReason_UNKNOWN_FORMAT, "«doc»"},
		{"translation of nothing", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{Translate: true})}, aulav1.ErrorReason_INVALID_REQUEST, "header.set: falta"},
		{"translation of a missing set", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{Translate: true, Set: "lakes"})}, aulav1.ErrorReason_SET_NOT_FOUND, "«lakes»"},
		{"taken by the server", []*aulav1.LoadSetRequest{header(&aulav1.LoadSetHeader{Set: "rivers"})}, aulav1.ErrorReason_SET_TAKEN, "«rivers»"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stream, err := w.library.LoadSet(ana.ctx())
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range c.parts {
				_ = stream.Send(part) // the answer says why it fails
			}
			_, err = stream.CloseAndRecv()
			wantReason(t, err, c.reason, c.message)
		})
	}
	stream, err := w.library.LoadSet(ana.ctx())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = stream.Send(good), stream.Send(chunk(strings.Repeat("x", 5<<20))) // which gRPC itself refuses
	if _, err := stream.CloseAndRecv(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a message of 5 MiB: %v", err)
	}
	if sets, err := w.store.AllSets(t.Context(), "", 10); err != nil || len(sets) != 1 {
		t.Errorf("there are the sets %v, %v", sets, err)
	}
	if strings.Contains(w.log.String(), "call failed") {
		t.Errorf("logged\n%s", w.log)
	}
}

// More than a file may have is refused as soon as it is there.
func TestFileTooLarge(t *testing.T) {
	w := newWorld(t)
	stream, err := w.library.LoadSet(w.teacher("Ana").ctx())
	if err != nil {
		t.Fatal(err)
	}
	part := &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{Language: "es"}}}
	mib := chunk(strings.Repeat("x", 1<<20))
	for sent := 0; stream.Send(part) == nil && sent < 2*formats.MaxFile>>20; sent++ {
		part = mib
	}
	_, err = stream.CloseAndRecv()
	wantReason(t, err, aulav1.ErrorReason_FILE_TOO_LARGE, "como máximo 134217728 bytes")
}

// Of two who load at once nothing is lost: both are there in the end, one after the other.
func TestLoadsAtOnce(t *testing.T) {
	w := newWorld(t)
	ana, eva := w.teacher("Ana"), w.teacher("Eva")
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			if report, err := ana.send(&aulav1.LoadSetHeader{File: "seas.yaml"}, seas(i+1, "Seas")); err != nil || report.GetOutcome() != aulav1.LoadReport_PUBLISHED {
				t.Errorf("%v, %v", report, err)
			}
		})
	}
	all.Wait()
	if revisions := ana.revisions("seas"); len(revisions) != 6 {
		t.Errorf("the revisions are %v", revisions)
	}
	var outcomes [8]error
	for i := range outcomes {
		all.Go(func() {
			_, outcomes[i] = []*someone{ana, eva}[i%2].send(&aulav1.LoadSetHeader{Set: "new", File: "seas.yaml", Language: "es"}, seas(1, "Seas"))
		})
	}
	all.Wait()
	owner, err := w.store.Set(t.Context(), "new")
	if err != nil || owner.Newest != 1 {
		t.Fatalf("%+v, %v", owner, err)
	}
	for i, err := range outcomes {
		if mine := []*someone{ana, eva}[i%2].id == owner.Owner; mine && err != nil {
			t.Error(err)
		} else if !mine {
			wantReason(t, err, aulav1.ErrorReason_SET_TAKEN, "new")
		}
	}
}

// A client that leaves in the middle of a file takes everything with it.
func TestLoadersLeave(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	for i := range 20 {
		ctx, leave := context.WithCancel(t.Context())
		stream, err := w.library.LoadSet(ana.within(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if i%4 > 0 {
			_ = stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{File: "seas.yaml"}}})
		}
		for range i % 4 {
			_ = stream.Send(chunk(strings.Repeat("x", 1<<20)))
		}
		leave()
	}
	untilStacks(t, func(stacks string) bool {
		return !strings.Contains(stacks, "libraryService.LoadSet") && !strings.Contains(stacks, "api.(*Server).wait")
	})
	if log := w.log.String(); strings.Contains(log, "call failed") {
		t.Errorf("logged\n%s", log)
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")), aulav1.LoadReport_PUBLISHED, 1)
}

// A client that leaves while its file is read takes the work on it with it.
func TestLoaderLeavesWork(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	stream, err := w.library.LoadSet(ana.within(ctx))
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{File: "seas.yaml"}}})
	for part := range slices.Chunk([]byte(seas(30000, "Seas")), 1<<20) {
		_ = stream.Send(chunk(string(part)))
	}
	_ = stream.CloseSend()
	untilStacks(t, func(stacks string) bool { return strings.Contains(stacks, "aula/questions/") })
	leave()
	untilStacks(t, func(stacks string) bool {
		return !strings.Contains(stacks, "aula/questions/") && !strings.Contains(stacks, "libraryService.LoadSet")
	})
	if _, err := w.store.Set(t.Context(), "seas"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the set is there: %v", err)
	}
}

// untilStacks waits until the stacks of all goroutines are as they should be.
func untilStacks(t *testing.T, right func(stacks string) bool) {
	t.Helper()
	for patience := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if right(string(stacks)) {
			return
		}
		if time.Now().After(patience) {
			t.Fatalf("they never are:\n%s", stacks)
		}
	}
}

// While a large set is loaded answers are acknowledged.
func TestAnswersGoOnWhileLoading(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	loaded := make(chan error, 1)
	go func() {
		_, err := ana.send(&aulav1.LoadSetHeader{File: "seas.yaml"}, seas(10000, "Seas"))
		loaded <- err
	}()
	answered := 0
	for running := true; running; answered++ {
		w.submit(w.start(&aulav1.StartAttemptRequest{}).GetId(), "longest", choose("amazon"), "")
		select {
		case err := <-loaded:
			if err != nil {
				t.Error(err)
			}
			running = false
		default:
		}
	}
	if answered < 2 {
		t.Errorf("%d answers were acknowledged meanwhile", answered)
	}
}

// A draft over which another revision is restored can be restored in its turn, and everything
// says so.
func TestRestoreOverDraft(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas"))
	ana.load(&aulav1.LoadSetHeader{}, seas(2, "Seas"))
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(3, "Seas")), aulav1.LoadReport_DRAFTED, 3)
	restore := func(revision, current, superseded int32) {
		t.Helper()
		got, err := w.library.RestoreRevision(ana.ctx(), &aulav1.RestoreRevisionRequest{Set: "seas", Revision: revision})
		if err != nil || got.GetRevision() != current || got.GetSupersededDraft() != superseded || w.shown("seas") != current {
			t.Errorf("restored %v, %v; want %d, without draft %d", got, err, current, superseded)
		}
	}
	restore(2, 2, 0) // the current one
	restore(1, 4, 3)
	for _, revision := range []int32{0, 3} {
		_, err := w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas", Revision: revision, Language: "es"})
		wantReason(t, err, aulav1.ErrorReason_NOT_A_DRAFT, "La revisión 4 de «seas» es posterior al borrador 3")
	}
	_, err := w.library.PublishDraft(ana.ctx(), &aulav1.PublishDraftRequest{Set: "seas", Revision: 4, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_DRAFT, "La revisión 4 de «seas» no es un borrador")
	var superseded []int32
	for _, r := range ana.revisions("seas") {
		if r.GetSuperseded() {
			superseded = append(superseded, r.GetRevision())
		}
	}
	if !slices.Equal(superseded, []int32{3}) {
		t.Errorf("superseded are %v", superseded)
	}
	restore(3, 5, 0)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(3, "Seas")), aulav1.LoadReport_UNCHANGED, 5)
}
