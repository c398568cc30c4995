package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// The same request sent many times at once counts once and has one outcome.
func TestSameRequestAtOnce(t *testing.T) {
	w := newWorld(t)
	start := &aulav1.StartAttemptRequest{Set: "rivers", RequestId: uuid1, Nickname: "Ana"}
	var attempts [16]*aulav1.Attempt
	var outcomes [16]*aulav1.SubmitAnswerResponse
	var all sync.WaitGroup
	for i := range attempts {
		all.Go(func() {
			var err error
			if attempts[i], err = w.quiz.StartAttempt(t.Context(), start); err != nil {
				t.Error(err)
				return
			}
			if outcomes[i], err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
				Attempt: attempts[i].GetId(), Question: "american", Answer: choose("amazon"), RequestId: uuid2,
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i := range attempts {
		if attempts[i].GetId() != attempts[0].GetId() || !proto.Equal(outcomes[i], outcomes[0]) {
			t.Errorf("call %d: attempt %s, %v", i, attempts[i].GetId(), outcomes[i])
		}
	}
	if got := w.get(attempts[0].GetId(), ""); len(got.GetAnswers()) != 1 || got.GetScore().GetPoints() != 5 {
		t.Errorf("score %v, answers %v", got.GetScore(), got.GetAnswers())
	}
}

// A request id is the same in capitals.
func TestRequestIDInCapitals(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{RequestId: "ABCDEF52-6F3F-4C86-9D1E-4F6F5C0A7B11"})
	b := w.start(&aulav1.StartAttemptRequest{RequestId: "abcdef52-6f3f-4c86-9d1e-4f6f5c0a7b11"})
	if a.GetId() != b.GetId() {
		t.Error("the same id in other letters started a second attempt")
	}
}

func TestQuestionCount(t *testing.T) {
	w := newWorld(t)
	for asked, want := range map[int32]int{0: 6, 1: 1, 4: 4, 6: 6, 200: 6} {
		a := w.start(&aulav1.StartAttemptRequest{QuestionCount: asked})
		if len(a.GetPrompts()) != want || int(a.GetScore().GetTotal()) != want {
			t.Errorf("asked for %d questions: %d prompts, total %d", asked, len(a.GetPrompts()), a.GetScore().GetTotal())
		}
	}
}

// An attempt stays with the revision it started at.
func TestAttemptKeepsItsRevision(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{})
	w.publish("rivers", func(set *aulav1.QuestionSet) {
		set.Title["en"] = "Many rivers"
		set.Questions = set.GetQuestions()[:2]
	})
	if got := w.get(a.GetId(), ""); !proto.Equal(got, a) {
		t.Errorf("the attempt changed with the set:\n%v\nwas\n%v", got, a)
	}
	if b := w.start(&aulav1.StartAttemptRequest{}); b.GetRevision() != 2 || len(b.GetPrompts()) != 2 || b.GetTitle() != "Many rivers" {
		t.Errorf("a new attempt is at revision %d with %d prompts", b.GetRevision(), len(b.GetPrompts()))
	}
}

func TestNickname(t *testing.T) {
	w := newWorld(t)
	for typed, want := range map[string]string{"": "Visitante", "  \t ": "Visitante", " Ana\n  María ": "Ana María", "Ñusta 🦙": "Ñusta 🦙"} {
		if a := w.start(&aulav1.StartAttemptRequest{Nickname: typed, Language: "es"}); a.GetNickname() != want {
			t.Errorf("%q became %q, want %q", typed, a.GetNickname(), want)
		}
	}
}

// Two guests of one name are two rows; finishing twice is one.
func TestLeaderboard(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		a := w.start(&aulav1.StartAttemptRequest{Nickname: "Ana"})
		if i%2 == 0 {
			w.submit(a.GetId(), "longest", choose("amazon"), "")
		}
		first := w.finish(a.GetId())
		if again := w.finish(a.GetId()); again.GetRank() != first.GetRank() || !proto.Equal(again, first) {
			t.Errorf("finishing again: %v, was %v", again, first)
		}
	}
	var listed []*aulav1.Standing
	token := ""
	for {
		page, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers", PageSize: 3, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, page.GetRows()...)
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(listed) != 7 {
		t.Fatalf("%d rows, want 7", len(listed))
	}
	for i, row := range listed {
		points := int32(10)
		if i >= 4 {
			points = 0
		}
		if row.GetRank() != int32(i+1) || row.GetPoints() != points || row.GetName() != "Ana" {
			t.Errorf("row %d is %v", i, row)
		}
		if i > 0 && row.GetPoints() == listed[i-1].GetPoints() && row.GetFinishedAt().AsTime().Before(listed[i-1].GetFinishedAt().AsTime()) {
			t.Errorf("row %d was finished before row %d", i, i-1)
		}
	}
}

func TestSetsInPages(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.publish("rivers", func(set *aulav1.QuestionSet) { set.Id = fmt.Sprintf("rivers-%d", i) })
	}
	var ids []string
	token := ""
	for {
		page, err := w.catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{PageSize: 2, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range page.GetSets() {
			ids = append(ids, set.GetId())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if got, want := fmt.Sprint(ids), "[rivers rivers-0 rivers-1 rivers-2 rivers-3]"; got != want {
		t.Errorf("listed %s, want %s", got, want)
	}
}

// What is not expected is masked: the cause is in the log, not in the reply.
func TestUnexpectedErrorIsMasked(t *testing.T) {
	w := newWorld(t)
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := w.catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{Language: "es"})
	f := failureOf(t, err)
	if f.code != codes.Internal || f.reason != "INTERNAL" || f.message != "Algo falló en el servidor. Ya quedó registrado; inténtalo más tarde." {
		t.Errorf("got %+v", f)
	}
	if cause := "database is closed"; !strings.Contains(w.log.String(), cause) || strings.Contains(err.Error(), cause) {
		t.Errorf("replied %v, logged\n%s", err, w.log)
	}
}

func TestHealthAndReflection(t *testing.T) {
	w := newWorld(t)
	for _, service := range []string{"", "aula.v1.QuizService"} {
		got, err := healthv1.NewHealthClient(w.conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v, %v", service, got, err)
		}
	}
	v1, err := reflectionv1.NewServerReflectionClient(w.conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := v1.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	services, err := v1.Recv()
	if err != nil || len(services.GetListServicesResponse().GetService()) < 5 {
		t.Errorf("reflection v1: %v, %v", services, err)
	}
	names := services.GetListServicesResponse().GetService()
	if !slices.ContainsFunc(names, func(s *reflectionv1.ServiceResponse) bool {
		return s.GetName() == "grpc.reflection.v1alpha.ServerReflection"
	}) {
		t.Errorf("reflection v1alpha, which older tools ask, is not among %v", names)
	}
}

// A message beyond the limit is refused, and the server goes on.
func TestHugeMessage(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{})
	_, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
		Attempt: a.GetId(), Question: "capital", Answer: words(string(make([]byte, 5<<20))),
	}, grpc.MaxCallSendMsgSize(8<<20))
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("got %v", err)
	}
	w.get(a.GetId(), "")
}
