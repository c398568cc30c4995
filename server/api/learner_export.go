package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

// ExportLearner writes the whole file before it sends it: sending takes as long as its reader
// likes, and the database would be kept from tidying up meanwhile.
func (s learnerService) ExportLearner(
	_ *aulav1.ExportLearnerRequest, stream grpc.ServerStreamingServer[aulav1.ExportLearnerResponse],
) error {
	ctx := stream.Context()
	l, err := student(ctx)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "aula-export-*")
	if err != nil {
		return err
	}
	_ = os.Remove(file.Name()) // it is read by its handle; where it must have a name, it loses it below
	defer func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	err = s.writeHeld(ctx, file, l.GetId())
	if errors.Is(err, store.ErrNotFound) {
		return tokenNeeded() // they were erased a moment ago
	}
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := s.Store.Audit(s.signed(ctx), s.Now(), store.ExportedLearner, store.LearnerDigest(l.GetId())); err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{sentLearner(stream.Send)}, struct{ io.Reader }{file}, make([]byte, pieceSize))
	return err
}

// sentLearner sends what is written.
type sentLearner func(*aulav1.ExportLearnerResponse) error

func (send sentLearner) Write(p []byte) (n int, err error) {
	return len(p), send(&aulav1.ExportLearnerResponse{Data: bytes.Clone(p)})
}

// writeHeld writes everything that is held about a learner, one thing a line.
func (s *Server) writeHeld(ctx context.Context, file io.Writer, learner string) error {
	leave, err := s.enter(ctx, s.work.exports)
	if err != nil {
		return err
	}
	defer leave()
	w := bufio.NewWriter(file)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false) // it is for people to read
	if err := s.Store.Held(ctx, learner, func(held any) error { return lines.Encode(lineOf(held)) }); err != nil {
		return err
	}
	return w.Flush()
}

// lineOf says what something is that is held about a learner, and what it says.
func lineOf(held any) map[string]any {
	switch h := held.(type) {
	case *aulav1.Learner:
		return map[string]any{"learner": asJSON{h}}
	case store.Key:
		return map[string]any{"device": deviceLine{h.ID, h.Name, h.CreatedAt, optional(h.RevokedAt)}}
	case store.HeldJoinCode:
		return map[string]any{"join_code": joinCodeLine{h.ExpiresAt}}
	case store.Attempt:
		return map[string]any{"attempt": attemptLine{
			h.ID, h.Set, h.Revision, h.Nickname, h.Language, h.Mode.String(), h.Cards, h.Seed, h.QuestionCount, h.RequestID,
			h.StartedAt, optional(h.FinishedAt),
		}}
	case store.Answer:
		return map[string]any{"answer": answerLine{
			h.Attempt, h.Question, h.Try, given(h.Given), h.Language, h.Verdict.String(), h.Fraction, h.Points, h.Hints,
			h.Certainty.String(), h.RequestID, h.At, h.Took.Seconds(),
		}}
	case store.HeldHint:
		return map[string]any{"hint": hintLine{h.Attempt, h.Question, h.Number, h.RevealedAt}}
	case store.HeldStanding:
		return map[string]any{"standing": standingLine{h.Set, h.Name, h.Points, h.MaxPoints, h.FinishedAt}}
	case *aulav1.ReviewEvent:
		return map[string]any{"review": asJSON{h}}
	case *aulav1.CardState:
		return map[string]any{"card": asJSON{h}}
	case store.HeldDay:
		return map[string]any{"study_day": dayLine{schedule.Date(h.Day), h.Reviews, h.Duration.Seconds()}}
	case store.HeldFreeze:
		return map[string]any{"freeze": freezeLine{h.Number, h.Date, h.Kind.String(), h.Change}}
	default:
		panic(fmt.Sprintf("api: nobody knows how to tell of a %T", held))
	}
}

type (
	deviceLine struct {
		ID        string     `json:"id"`
		Name      string     `json:"name"`
		JoinedAt  time.Time  `json:"joined_at"`
		RemovedAt *time.Time `json:"removed_at,omitempty"`
	}
	joinCodeLine struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
	attemptLine struct {
		ID            string     `json:"id"`
		Set           string     `json:"set"`
		Revision      int32      `json:"revision"`
		Nickname      string     `json:"nickname"`
		Language      string     `json:"language"`
		Mode          string     `json:"mode"`
		Cards         bool       `json:"cards"`
		Seed          int64      `json:"seed"`
		QuestionCount int        `json:"question_count"`
		RequestID     string     `json:"request_id,omitempty"`
		StartedAt     time.Time  `json:"started_at"`
		FinishedAt    *time.Time `json:"finished_at,omitempty"`
	}
	answerLine struct {
		Attempt    string    `json:"attempt"`
		Question   string    `json:"question"`
		Try        int       `json:"try"`
		Answer     asJSON    `json:"answer"`
		Language   string    `json:"language"`
		Verdict    string    `json:"verdict"`
		Fraction   float64   `json:"fraction"`
		Points     int32     `json:"points"`
		Hints      int       `json:"hints"`
		Certainty  string    `json:"certainty"`
		RequestID  string    `json:"request_id"`
		AnsweredAt time.Time `json:"answered_at"`
		Seconds    float64   `json:"seconds,omitempty"` // that it took
	}
	hintLine struct {
		Attempt    string    `json:"attempt"`
		Question   string    `json:"question"`
		Number     int       `json:"number"`
		RevealedAt time.Time `json:"revealed_at"`
	}
	standingLine struct {
		Set        string    `json:"set"`
		Name       string    `json:"name"`
		Points     int32     `json:"points"`
		MaxPoints  int32     `json:"max_points"`
		FinishedAt time.Time `json:"finished_at"`
	}
	dayLine struct {
		Date    string  `json:"date"`
		Reviews int     `json:"reviews"`
		Seconds float64 `json:"seconds"`
	}
	freezeLine struct {
		Number int    `json:"number"`
		Date   string `json:"date"`
		Kind   string `json:"kind"`
		Change int    `json:"change"`
	}
)

// asJSON is a message in a line. What it says stands where encoding/json compacts it, so that
// the same is always written the same way.
type asJSON struct{ proto.Message }

// MarshalJSON is as of json.Marshaler.
func (m asJSON) MarshalJSON() ([]byte, error) {
	return protojson.MarshalOptions{UseProtoNames: true}.Marshal(m.Message)
}

// given is what was answered; one that cannot be read is empty.
func given(encoded []byte) asJSON {
	answer := &aulav1.Answer{}
	_ = proto.Unmarshal(encoded, answer)
	return asJSON{answer}
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
