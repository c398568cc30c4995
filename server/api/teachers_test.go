package api_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// someone is a caller with a key, or nobody.
type someone struct {
	w   *world
	key string
	id  string // of the key
}

// keyed makes a key as CreateKey does.
func (w *world) keyed(role aulav1.AccessKey_Role, name string, edit ...func(*store.Key)) *someone {
	w.t.Helper()
	w.made++
	id, secret := fmt.Sprintf("%016d", w.made), fmt.Sprintf("%052d", w.made*7919)
	hash := sha256.Sum256([]byte(secret))
	key := store.Key{ID: id, Role: role, Name: name, Hash: hash[:], CreatedAt: time.Now()}
	for _, f := range edit {
		f(&key)
	}
	if _, err := w.store.CreateKey(w.t.Context(), key); err != nil {
		w.t.Fatal(err)
	}
	return &someone{w, "aula_" + id + "_" + secret, id}
}

func (w *world) teacher(name string) *someone { return w.keyed(aulav1.AccessKey_TEACHER, name) }
func (w *world) admin() *someone              { return w.keyed(aulav1.AccessKey_ADMIN, "Root") }

// ctx is what a call of theirs is made with.
func (s *someone) ctx() context.Context { return s.within(s.w.t.Context()) }

func (s *someone) within(ctx context.Context) context.Context {
	if s.key == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.key)
}

// send sends a file in small pieces.
func (s *someone) send(header *aulav1.LoadSetHeader, text string) (*aulav1.LoadReport, error) {
	stream, err := s.w.library.LoadSet(s.ctx())
	if err != nil {
		return nil, err
	}
	parts := []*aulav1.LoadSetRequest{{Part: &aulav1.LoadSetRequest_Header{Header: header}}}
	for len(text) > 0 {
		n := min(len(text), 300)
		parts = append(parts, chunk(text[:n]))
		text = text[n:]
	}
	for _, part := range parts {
		if err := stream.Send(part); err != nil && !errors.Is(err, io.EOF) { // then the answer says why
			return nil, err
		}
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetReport(), err
}

func chunk(text string) *aulav1.LoadSetRequest {
	return &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Chunk{Chunk: []byte(text)}}
}

// load sends a file that should be taken.
func (s *someone) load(header *aulav1.LoadSetHeader, text string) *aulav1.LoadReport {
	s.w.t.Helper()
	if header.GetFile() == "" {
		header.File = "seas.yaml"
	}
	report, err := s.send(header, text)
	if err != nil {
		s.w.t.Fatal(err)
	}
	return report
}

// seas is a set file of so many questions.
func seas(questions int, title string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "id: seas\nlanguage: en\ntitle: {en: %s, es: Mares}\nquestions:\n", title)
	for i := range questions {
		fmt.Fprintf(&text, "  - id: sea-%d\n    text: {en: \"How deep is sea %d?\", es: \"¿Qué profundidad tiene el mar %d?\"}\n    numeric: {value: %d}\n", i, i, i, i)
	}
	return text.String()
}

func wantReport(t *testing.T, report *aulav1.LoadReport, outcome aulav1.LoadReport_Outcome, revision int32) {
	t.Helper()
	if report.GetOutcome() != outcome || report.GetRevision() != revision {
		t.Errorf("%v, revision %d; want %v, %d:\n%v", report.GetOutcome(), report.GetRevision(), outcome, revision, report)
	}
}

// wantReason checks that a call failed for this reason and tells it in Spanish.
func wantReason(t *testing.T, err error, reason aulav1.ErrorReason, spanish string) {
	t.Helper()
	if f := failureOf(t, err); f.reason != reason.String() || !strings.Contains(f.message, spanish) {
		t.Errorf("told %v %s: %s; want %v: …%s…", f.code, f.reason, f.message, reason, spanish)
	}
}

// all reads a stream to its end.
func all[M any](stream grpc.ServerStreamingClient[M], err error) (messages []*M, _ error) {
	for err == nil {
		var m *M
		if m, err = stream.Recv(); err == nil {
			messages = append(messages, m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return messages, err
}
