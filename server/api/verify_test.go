package api_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
)

// verify looks for faults, as a list of sentences' ids and what they name.
func (w *world) verify(repair bool) (found []string) {
	w.t.Helper()
	err := w.server.Verify(w.t.Context(), repair, func(f api.Fault) {
		found = append(found, fmt.Sprintf("%s %v%v %v", f.ID, f.Args["Participant"], f.Args["Learner"], f.Repaired))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// What was lived through over gRPC is sound; what is planted is found, put right, and found no
// more. Attempts that are finished meanwhile are no fault.
func TestVerify(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_PRACTICE})
	w.finish(a.GetId())
	created, err := w.learn.CreateLearner(t.Context(), &aulav1.CreateLearnerRequest{Name: "Luz", Language: "es"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+created.GetToken())
	review := func(n int) {
		t.Helper()
		_, err := w.study.ReviewCard(ctx, &aulav1.ReviewCardRequest{Event: &aulav1.ReviewEvent{
			Id: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Set: "rivers", Question: questionsOfRivers[n%2],
			DeviceSeq: int64(n), AnsweredAt: timestamppb.New(time.Now().Add(time.Duration(n-100) * 24 * time.Hour)),
			Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_GOOD},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 6 {
		review(n)
	}
	if found := w.verify(false); len(found) > 0 {
		t.Fatalf("of what was just written there is wrong %q", found)
	}
	raw, err := sql.Open("sqlite", "file:"+w.file)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, plant := range []string{
		`UPDATE standings SET points = points + 1`,
		`UPDATE cards SET due_at = due_at + 1`,
		`UPDATE study_days SET reviews = reviews + 1 WHERE day = (SELECT max(day) FROM study_days)`,
	} {
		if _, err := raw.ExecContext(t.Context(), plant); err != nil {
			t.Fatal(err)
		}
	}
	id := created.GetLearner().GetId()
	want := fmt.Sprintf("cli.verify.standing %s<nil> F,cli.verify.day <nil>%s F,cli.verify.cards <nil>%s F,", a.GetId(), id, id)
	for _, repair := range []bool{false, true} {
		if found := strings.Join(w.verify(repair), ",") + ","; found != strings.ReplaceAll(want, "F,", fmt.Sprint(repair)+",") {
			t.Errorf("found %s, want %s", found, want)
		}
	}
	review(6)
	if found := w.verify(false); len(found) > 0 {
		t.Errorf("after it was put right there is wrong %q", found)
	}
	if _, err := raw.ExecContext(t.Context(), `DELETE FROM contents`); err != nil {
		t.Fatal(err)
	}
	if found := w.verify(true); len(found) == 0 || found[0] != "cli.verify.damaged <nil><nil> false" {
		t.Errorf("without any content there is wrong %q", found)
	}
}

// What happens while it looks is no fault, and no repair undoes it.
func TestVerifyMeanwhile(t *testing.T) {
	w := newWorld(t)
	const attempts = 60
	done := make(chan struct{})
	go func() {
		defer close(done)
		luz := w.learner("Luz")
		for n := range attempts {
			if n%2 == 0 {
				w.finish(w.start(&aulav1.StartAttemptRequest{}).GetId())
				continue
			}
			id := luz.start(&aulav1.StartAttemptRequest{}).GetId()
			luz.submit(id, "longest", choose("amazon"))
			luz.finish(id)
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		if found := w.verify(true); len(found) > 0 {
			t.Errorf("found %q", found)
		}
	}
	if _, total, err := w.store.Top(t.Context(), "rivers"); err != nil || total != attempts/2+1 {
		t.Errorf("there are %d standings, %v", total, err)
	}
}
