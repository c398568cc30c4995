package api

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// newServer is a server without a listener, and its log.
func newServer(t *testing.T) (*Server, *bytes.Buffer) {
	t.Helper()
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "aula.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	log := &bytes.Buffer{}
	s, err := New(Config{Store: db, Locales: bundle, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

func call(ctx context.Context, s *Server, req any, handle grpc.UnaryHandler) error {
	_, err := s.unary(ctx, req, &grpc.UnaryServerInfo{FullMethod: "/aula.v1.CatalogService/GetSet"}, handle)
	return err
}

// A handler that panics is a plain error to its caller, and a stack in the log.
func TestPanic(t *testing.T) {
	s, log := newServer(t)
	err := call(t.Context(), s, &aulav1.GetSetRequest{Set: "birds", Language: "es"}, func(context.Context, any) (any, error) {
		panic("the moon is full")
	})
	if st := status.Convert(err); st.Code() != codes.Internal || !strings.HasPrefix(st.Message(), "Algo falló") || len(st.Details()) == 0 {
		t.Errorf("told %v", err)
	}
	if !strings.Contains(log.String(), "the moon is full") || !strings.Contains(log.String(), "boundary_test.go") {
		t.Errorf("logged %s", log)
	}
}

// Every call has a deadline, and one that is over is told as such.
func TestDeadline(t *testing.T) {
	s, _ := newServer(t)
	req := &aulav1.GetSetRequest{Set: "birds", Language: "es"}
	err := call(t.Context(), s, req, func(ctx context.Context, _ any) (any, error) {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > maxTime {
			t.Errorf("the call may take %v", left)
		}
		return nil, context.DeadlineExceeded
	})
	if st := status.Convert(err); st.Code() != codes.DeadlineExceeded || len(st.Details()) != 2 || !strings.Contains(st.Message(), "demasiado") {
		t.Errorf("told %v", err)
	}
}

// Languages come from outside: long ones are not even read.
func TestLongLanguages(t *testing.T) {
	s, _ := newServer(t)
	long := strings.Repeat("en,", 5000)
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("accept-language", long, "accept-language", "es-EC"))
	if c := s.newCaller(ctx); len(c.asked) != 1 || c.asked[0].String() != "es-EC" {
		t.Errorf("asked for %d languages", len(c.asked))
	}
	err := call(ctx, s, &aulav1.GetSetRequest{Set: "birds", Language: "en" + strings.Repeat("-u-aa", 600_000)}, nil)
	if st := status.Convert(err); st.Code() != codes.InvalidArgument || !strings.Contains(st.Message(), "language: debe tener como máximo 35 caracteres") {
		t.Errorf("told %v", err)
	}
}

// What no one types is refused or dropped before it is kept.
func TestTidy(t *testing.T) {
	s, _ := newServer(t)
	for field, req := range map[string]proto.Message{
		"set":                           &aulav1.GetSetRequest{Set: "a\x00b"},
		"nickname":                      &aulav1.StartAttemptRequest{Set: "birds", Nickname: "A\x1bna"},
		"answer.choice.options":         &aulav1.SubmitAnswerRequest{Attempt: "a", Question: "q", Answer: choiceOf("x", "\x00")},
		"answer.cloze.blanks":           &aulav1.SubmitAnswerRequest{Attempt: "a", Question: "q", Answer: blanksOf("\x01", "fine")},
		"answer.cloze.blanks.text.text": &aulav1.SubmitAnswerRequest{Attempt: "a", Question: "q", Answer: blanksOf("fine", "\x01")},
	} {
		err := call(t.Context(), s, req, nil)
		if st := status.Convert(err); st.Code() != codes.InvalidArgument || !strings.Contains(st.Message(), field+": must not contain control characters") {
			t.Errorf("%s: told %v", field, err)
		}
	}
	req := &aulav1.GetSetRequest{Set: "birds"}
	req.ProtoReflect().SetUnknown([]byte("\xfa\x3e\x03abc"))
	err := call(t.Context(), s, req, func(_ context.Context, req any) (any, error) {
		if unknown := req.(*aulav1.GetSetRequest).ProtoReflect().GetUnknown(); len(unknown) > 0 {
			t.Errorf("unknown fields reach the handler: %q", unknown)
		}
		return &aulav1.GetSetResponse{}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func choiceOf(options ...string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
}

func blanksOf(id, text string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: &aulav1.ClozeAnswer{Blanks: map[string]*aulav1.BlankAnswer{
		id: {Kind: &aulav1.BlankAnswer_Text{Text: &aulav1.TextAnswer{Text: text}}},
	}}}}
}
