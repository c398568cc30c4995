package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

// forgetful is the memory of a learner who forgets sooner than most.
var forgetful = schedule.Weights{
	0.1, 0.6, 1.1, 3.5, 7.2, 0.6, 2.2, 0.05, 1.2, 0.25, 0.6, 1.1, 0.1, 0.2, 1.1, 0.35, 2.6, 0.3, 0.2, 0.12, 0.25,
}

// studied is a log of so many reviews by a learner with that memory, who comes back to a few
// cards a day.
func studied(reviews int) (log []*aulav1.ReviewEvent) {
	r := rand.New(rand.NewPCG(1, 2))
	type card struct {
		memory    schedule.Memory
		last, due int32
	}
	var cards []*card
	for day := int32(20_000); ; day++ {
		for range 10 {
			cards = append(cards, &card{last: day, due: day})
		}
		for i, c := range cards {
			if c.due != day {
				continue
			}
			rating := []aulav1.CardAnswer_Rating{1, 2, 3, 3, 3, 4}[r.IntN(6)]
			if c.memory != (schedule.Memory{}) {
				rating = []aulav1.CardAnswer_Rating{2, 3, 3, 3, 4}[r.IntN(5)]
				if r.Float64() > forgetful.Retrievability(float64(day-c.last), c.memory.Stability) {
					rating = aulav1.CardAnswer_AGAIN
				}
			}
			n := len(log)
			at := time.Unix(int64(day)*86400+12*3600, int64(n)*1_000_000)
			log = append(log, &aulav1.ReviewEvent{
				Id: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Set: "birds", Question: fmt.Sprint("q", i), DeviceSeq: int64(n), Device: "d",
				AnsweredAt: timestamppb.New(at), ReceivedAt: timestamppb.New(at), TimeZone: "UTC", StudyDay: day,
				DayBeganAt: timestamppb.New(time.Unix(int64(day)*86400, 0)), Rated: rating, Action: &aulav1.ReviewEvent_Rating{Rating: rating},
			})
			if len(log) == reviews {
				return log
			}
			c.memory, c.last = forgetful.Next(c.memory, int(day-c.last), rating), day
			c.due = day + []int32{1, 2, 3, 5, 9}[r.IntN(5)]
		}
	}
}

// school is a database with learners who have studied.
type school struct {
	*testing.T
	file string
	db   *store.Store
}

func newSchool(t *testing.T) school {
	t.Helper()
	file := filepath.Join(t.TempDir(), "aula.db")
	db, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return school{t, file, db}
}

func (s school) enrol(id string, log []*aulav1.ReviewEvent) {
	s.Helper()
	l := &aulav1.Learner{Id: id, Name: id, TimeZone: "UTC", Scheduling: schedule.Default(), CreatedAt: timestamppb.Now()}
	if _, err := s.db.CreateLearner(s.Context(), l, "", store.Key{ID: "key-" + id, Hash: []byte(id), CreatedAt: time.Now()}); err != nil {
		s.Fatal(err)
	}
	s.study(id, log)
}

func (s school) study(id string, log []*aulav1.ReviewEvent) {
	s.Helper()
	scheduler, err := schedule.New(s.learner(id).GetScheduling())
	if err != nil {
		s.Fatal(err)
	}
	var reviews []store.Review
	for _, e := range log {
		reviews = append(reviews, store.Review{ReviewEvent: e, CountsAt: schedule.CountsAt(e)})
	}
	for some := range slices.Chunk(reviews, 500) {
		if _, err := s.db.AddReviews(s.Context(), id, scheduler, some...); err != nil {
			s.Fatal(err)
		}
	}
}

func (s school) learner(id string) *aulav1.Learner {
	s.Helper()
	l, err := s.db.Learner(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return l
}

// settled checks that cards are what the log and the learner's weights make of them.
func (s school) settled(id string, log []*aulav1.ReviewEvent, questions ...string) {
	s.Helper()
	scheduler, err := schedule.New(s.learner(id).GetScheduling())
	if err != nil {
		s.Fatal(err)
	}
	for _, question := range questions {
		var events []*aulav1.ReviewEvent
		for _, e := range log {
			if e.GetQuestion() == question {
				events = append(events, e)
			}
		}
		want, err := scheduler.Fold("birds", question, events)
		if err != nil {
			s.Fatal(err)
		}
		got, err := s.db.Card(s.Context(), id, "birds", question)
		if err != nil || got.String() != want.String() {
			s.Errorf("card %s of %s is %v, %v, want %v", question, id, got, err, want)
		}
	}
}

// what runs aula here, and returns what it prints.
func what(t *testing.T, lang string, args ...string) (out, told string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := aula(t, []string{"LC_ALL=" + lang}, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

func TestOptimizeCommand(t *testing.T) {
	s := newSchool(t)
	log := studied(1500)
	s.enrol("ana", log)
	s.enrol("luz", log[:40])
	out, told, code := what(t, "es", "optimize", "--db", s.file)
	if code != 0 || !regexp.MustCompile(`(?m)^ana +1\.500 +\d+ +0,\d{4} +0,\d{4} +pesos nuevos$`).MatchString(out) || strings.Contains(out, "luz") {
		t.Errorf("%d\n%s%s", code, out, told)
	}
	l := s.learner("ana").GetScheduling()
	if l.GetVersion() != 2 || l.GetFittedReviews() != 1500 || time.Since(l.GetFittedAt().AsTime()) > time.Hour || slices.Equal(l.GetWeights(), schedule.DefaultWeights[:]) {
		t.Error(l)
	}
	s.settled("ana", log, "q0", "q1", "q77")

	if out, told, code := what(t, "en", "optimize", "--db", s.file); code != 0 || out != "" || !strings.Contains(told, "No learner has 64 reviews") {
		t.Errorf("again: %d\n%s%s", code, out, told)
	}
	if out, told, code := what(t, "en", "optimize", "--db", s.file, "--learner", "luz"); code != 0 || !strings.Contains(out, "the weights stay") {
		t.Errorf("few: %d\n%s%s", code, out, told)
	}
	if l := s.learner("luz").GetScheduling(); l.GetVersion() != 1 || l.GetFittedReviews() != 0 {
		t.Error(l)
	}
	for want, args := range map[string][]string{
		"there is no learner eva": {"--db", s.file, "--learner", "eva"},
		"there is no database":    {"--db", filepath.Join(t.TempDir(), "other.db")},
	} {
		if out, told, code := what(t, "en", append([]string{"optimize"}, args...)...); code != 1 || out != "" || !strings.Contains(told, want) {
			t.Errorf("%v: %d\n%s%s", args, code, out, told)
		}
	}
}

func TestOptimizing(t *testing.T) {
	s := newSchool(t)
	log := studied(1200)
	s.enrol("ana", log[:1000])
	s.enrol("eva", log[:63])
	var told bytes.Buffer
	o := &optimizer{db: s.db, log: slog.New(slog.NewTextHandler(&told, nil))}
	look := func() int {
		t.Helper()
		told.Reset()
		if err := o.look(t.Context(), func(context.Context, time.Duration) {}); err != nil {
			t.Fatal(err)
		}
		return strings.Count(told.String(), "fitted weights")
	}
	if n := look(); n != 1 || !strings.Contains(told.String(), "better=true") || s.learner("ana").GetScheduling().GetVersion() != 2 {
		t.Errorf("fitted %d: %s", n, told.String())
	}
	if n := look(); n != 0 {
		t.Errorf("again: %s", told.String())
	}
	s.study("ana", log[1000:1050])
	if n := look(); n != 0 {
		t.Errorf("after 5 %% more: %s", told.String())
	}
	s.study("ana", log[1050:])
	if n := look(); n != 1 {
		t.Errorf("after 20 %% more fitted %d", n)
	}
	if n := look(); n != 0 { // whatever came of it
		t.Errorf("again: %s", told.String())
	}
	s.settled("ana", log, "q0", "q3", "q50")
	if s.learner("eva").GetScheduling().GetVersion() != 1 {
		t.Error("fitted to 63 reviews")
	}

	// Cards that a process which ended has left as they were.
	scheduling := s.learner("ana").GetScheduling()
	if _, err := s.db.SetWeights(t.Context(), "ana", scheduling.GetVersion(), forgetful[:], 1200, time.Now()); err != nil {
		t.Fatal(err)
	}
	o = &optimizer{db: s.db, log: o.log}
	look()
	s.settled("ana", log, "q0", "q3", "q50")

	ctx, cancel := context.WithCancel(t.Context())
	stop := o.start(ctx)
	cancel()
	stop()
	if err := o.look(ctx, rest); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestEvaluateCommand(t *testing.T) {
	table := "card_id,review_time,review_rating\n"
	for i, e := range studied(3000) {
		table += fmt.Sprintf("%s,%d,%d\n", e.GetQuestion()[1:], e.GetAnsweredAt().AsTime().UnixMilli()+int64(i%7), e.GetRated())
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := write("revlog.csv", table)
	for lang, want := range map[string]string{
		"en": `^REVIEWS +CARDS +USABLE +PREDICTED\n3,000 .*\n\nWEIGHTS +LOG LOSS +RMSE \(BINS\) +AUC\ndefault( +0\.\d{4}){3}\nfitted( +0\.\d{4}){3}\n`,
		"es": `^REPASOS +TARJETAS +UTILIZABLES +PREDICHOS\n3\.000 .*\n\nPESOS +LOG LOSS +RMSE \(BINS\) +AUC\nde fábrica( +0,\d{4}){3}\najustados( +0,\d{4}){3}\n`,
	} {
		if out, told, code := what(t, lang, "evaluate", good); code != 0 || told != "" || !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s: %d\n%s%s", lang, code, out, told)
		}
	}
	out, told, code := what(t, "en", "evaluate", good, "--json", "--time-zone", "America/Guayaquil", "--rollover", "0")
	var got struct {
		Reviews, Usable, Predicted int
		Default, Fitted            struct {
			LogLoss float64 `json:"log_loss"`
			RMSE    float64 `json:"rmse_bins"`
			AUC     *float64
		}
		Weights []float64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("%v, %d\n%s%s", err, code, out, told)
	}
	if got.Reviews != 3000 || got.Predicted > got.Usable || got.Fitted.LogLoss >= got.Default.LogLoss || got.Fitted.RMSE >= got.Default.RMSE ||
		got.Fitted.AUC == nil || len(got.Weights) != 21 {
		t.Errorf("%+v", got)
	}
	for want, args := range map[string][]string{
		"has too few reviews":              {write("few.csv", strings.Join(strings.SplitAfter(table, "\n")[:9], ""))},
		"neither an Anki package":          {write("text.txt", "front\tback\n")},
		"Line 2 of the log":                {write("bad.csv", "id,cid,ease\n1,2,x\n")},
		"is no Anki package":               {write("cut.apkg", "PK\x03\x04")},
		"There is no file":                 {filepath.Join(dir, "none.apkg")},
		"no time zone is called “Quito”":   {good, "--time-zone", "Quito"},
		"24 is no hour of the day":         {good, "--rollover", "24"},
		"The Anki collection in the file ": {write("collection.anki2", "SQLite format 3\x00")},
	} {
		if out, told, code := what(t, "en", append([]string{"evaluate"}, args...)...); code == 0 || out != "" || !strings.Contains(told, want) {
			t.Errorf("%v: %d\n%s%s", args, code, out, told)
		}
	}
}
