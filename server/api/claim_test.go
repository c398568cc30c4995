package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

func steps(all ...time.Duration) (out []*durationpb.Duration) {
	for _, d := range all {
		out = append(out, durationpb.New(d))
	}
	return out
}

// ask calls any method with a request whose texts are those named, and returns how it ended.
func (s *someone) ask(method protoreflect.MethodDescriptor, texts map[string]string) error {
	_, err := s.answerOf(method, texts)
	return err
}

// answerOf returns all that a method says, too, as text.
func (s *someone) answerOf(method protoreflect.MethodDescriptor, texts map[string]string) (said string, err error) {
	ctx, cancel := context.WithCancel(s.ctx())
	defer cancel()
	request := dynamicpb.NewMessage(method.Input())
	for name, text := range texts {
		field := method.Input().Fields().ByName(protoreflect.Name(name))
		switch {
		case field == nil || field.Kind() != protoreflect.StringKind:
		case field.IsList():
			request.Mutable(field).List().Append(protoreflect.ValueOfString(text))
		default:
			request.Set(field, protoreflect.ValueOfString(text))
		}
	}
	if field := method.Input().Fields().ByName("answer"); field != nil && field.Message() != nil && !field.IsList() {
		encoded, _ := proto.Marshal(choose("amazon"))
		if err := proto.Unmarshal(encoded, request.Mutable(field).Message().Interface()); err != nil {
			return "", err
		}
	}
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	stream, err := s.w.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, name)
	if err != nil {
		return "", err
	}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	for {
		response := dynamicpb.NewMessage(method.Output())
		if err := stream.RecvMsg(response); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return said, err
		}
		said += fmt.Sprint(response)
		if method.Name() == "WatchLeaderboard" || method.Name() == "Watch" { // which do not end
			return said, nil
		}
	}
}

// eachMethod calls f with every method that is served of Aula's.
func (w *world) eachMethod(f func(protoreflect.MethodDescriptor)) {
	w.t.Helper()
	for name := range w.server.GRPC().GetServiceInfo() {
		if !strings.HasPrefix(name, "aula.") {
			continue
		}
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			w.t.Fatal(err)
		}
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			f(methods.Get(i))
		}
	}
}

// start begins an attempt of a learner's.
func (s *someone) start(req *aulav1.StartAttemptRequest) *aulav1.Attempt {
	s.w.t.Helper()
	req.Set = "rivers"
	a, err := s.w.quiz.StartAttempt(s.ctx(), req)
	if err != nil {
		s.w.t.Fatal(err)
	}
	return a
}

func (s *someone) submit(attempt, question string, answer *aulav1.Answer) *aulav1.SubmitAnswerResponse {
	s.w.t.Helper()
	resp, err := s.w.quiz.SubmitAnswer(s.ctx(), &aulav1.SubmitAnswerRequest{Attempt: attempt, Question: question, Answer: answer})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return resp
}

func (s *someone) finish(attempt string) *aulav1.FinishAttemptResponse {
	s.w.t.Helper()
	resp, err := s.w.quiz.FinishAttempt(s.ctx(), &aulav1.FinishAttemptRequest{Attempt: attempt})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return resp
}

// Whatever takes an attempt takes a learner's from them alone, on any of their devices. To all
// others it is as one that is missing, and so are its language and its set.
func TestLearnersAttemptIsTheirs(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz de América"), w.learner("Eva")
	tablet := luz.device("tableta")
	a := luz.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
	if a.GetNickname() != "Luz de América" {
		t.Errorf("the learner plays as %q", a.GetNickname())
	}
	strangers := []*someone{eva, {w: w}, w.teacher("Ana"), w.admin()}
	var methods []string
	w.eachMethod(func(method protoreflect.MethodDescriptor) {
		field := method.Input().Fields().ByName("attempt")
		if field == nil || field.Kind() != protoreflect.StringKind {
			return
		}
		methods = append(methods, string(method.Name()))
		texts := func(attempt, language string) map[string]string {
			return map[string]string{"attempt": attempt, "question": "longest", "set": "rivers", "language": language}
		}
		for _, s := range strangers {
			for language, sentence := range map[string]string{"": "", "es": "No existe el intento", "en": "There is no attempt"} {
				err := s.ask(method, texts(a.GetId(), language))
				wantReason(t, err, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, sentence)
				none := s.ask(method, texts("NONE", language))
				wantReason(t, none, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, sentence)
				if got := strings.ReplaceAll(failureOf(t, err).message, a.GetId(), "NONE"); got != failureOf(t, none).message {
					t.Errorf("%s tells another's attempt apart from a missing one: %v, %v", method.Name(), got, none)
				}
			}
		}
		if method.Name() == "FinishAttempt" {
			return
		}
		if err := tablet.ask(method, texts(a.GetId(), "")); err != nil && failureOf(t, err).reason == "ATTEMPT_NOT_FOUND" {
			t.Errorf("%s: the learner's own: %v", method.Name(), err)
		}
	})
	slices.Sort(methods)
	if got := strings.Join(methods, " "); got != "FinishAttempt GetAttempt GetLeaderboard GetPrompt RevealHint SubmitAnswer TurnCard WatchLeaderboard" {
		t.Errorf("what takes an attempt: %s", got)
	}
	for _, s := range strangers {
		resp, err := w.quiz.SubmitAnswers(s.ctx(), &aulav1.SubmitAnswersRequest{Answers: []*aulav1.SubmitAnswerRequest{
			{Attempt: a.GetId(), Question: "longest", Answer: choose("amazon")},
		}})
		if err != nil || resp.GetResults()[0].GetError().GetReason() != aulav1.ErrorReason_ATTEMPT_NOT_FOUND {
			t.Errorf("in a batch: %v, %v", resp, err)
		}
	}
	if done := tablet.finish(a.GetId()); done.GetRank() != 1 {
		t.Errorf("finished %v", done)
	}
}

// A learner has one standing, whatever they play; their request is good for nobody else.
func TestLearnersStanding(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	play := func(nickname string, right bool) string {
		a := luz.start(&aulav1.StartAttemptRequest{Nickname: nickname})
		if right {
			luz.submit(a.GetId(), "longest", choose("amazon"))
		}
		luz.finish(a.GetId())
		return a.GetId()
	}
	play("", false)
	best := play("Lucecita", true)
	worse := play("", false)
	for _, attempt := range []string{best, worse} {
		board, err := w.score.GetLeaderboard(luz.ctx(), &aulav1.GetLeaderboardRequest{Set: "rivers", Attempt: attempt})
		if err != nil || board.GetTotal() != 1 || board.GetMine().GetName() != "Lucecita" || board.GetMine().GetPoints() != 10 {
			t.Errorf("the leaderboard is %v, %v", board, err)
		}
	}
	req := &aulav1.StartAttemptRequest{Set: "rivers", RequestId: uuid1}
	first, again := luz.start(req), luz.start(req)
	if first.GetId() != again.GetId() {
		t.Errorf("started %s, and again %s", first.GetId(), again.GetId())
	}
	for _, s := range []*someone{eva, {w: w}} {
		req.Language = "es"
		_, err := w.quiz.StartAttempt(s.ctx(), req)
		wantReason(t, err, aulav1.ErrorReason_REQUEST_ID_REUSED, "ya se usó")
	}
}

func (s *someone) claim(attempts ...string) []*aulav1.ClaimedAttempt {
	s.w.t.Helper()
	resp, err := s.w.learn.ClaimAttempts(s.ctx(), &aulav1.ClaimAttemptsRequest{Attempts: attempts})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return resp.GetResults()
}

// Attempts of a guest become the learner's who claims them first.
func TestClaimAttempts(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	worse, best := w.player("Lucecita", false), w.player("", true)
	open := w.start(&aulav1.StartAttemptRequest{Language: "es"}).GetId()
	w.submit(open, "longest", choose("amazon"), "")
	others := w.player("Ana", true)
	watch, err := w.score.WatchLeaderboard(t.Context(), &aulav1.WatchLeaderboardRequest{Set: "rivers"})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := watch.Recv()
	if err != nil || seen.GetTotal() != 3 {
		t.Fatalf("seen %v, %v", seen, err)
	}

	results := luz.claim(worse, "nothing", best, open, best)
	for i, want := range []bool{true, false, true, true, true} {
		reviews := []int32{0, 0, 1, 1, 1}[i]
		if results[i].GetClaimed() != want || results[i].GetReviews() != reviews || results[i].GetAttempt() != []string{worse, "nothing", best, open, best}[i] {
			t.Errorf("result %d is %v", i, results[i])
		}
	}
	if again := luz.claim(worse, "nothing", best, open, best); !slices.EqualFunc(again, results, func(a, b *aulav1.ClaimedAttempt) bool { return proto.Equal(a, b) }) {
		t.Errorf("claimed again %v, first %v", again, results)
	}
	for _, result := range eva.claim(worse, best, open) {
		if result.GetClaimed() || result.GetReviews() != 0 {
			t.Errorf("another claims %v", result)
		}
	}
	_, err = w.quiz.GetAttempt(t.Context(), &aulav1.GetAttemptRequest{Attempt: open, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "No existe")
	a, err := w.quiz.GetAttempt(luz.ctx(), &aulav1.GetAttemptRequest{Attempt: open})
	if err != nil || a.GetNickname() != "Luz" || len(a.GetAnswers()) != 1 {
		t.Errorf("the claimed attempt is %v, %v", a, err)
	}
	for seen.GetTotal() != 2 { // those who watch are told
		if seen, err = watch.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	board, err := w.score.GetLeaderboard(luz.ctx(), &aulav1.GetLeaderboardRequest{Set: "rivers", Attempt: worse})
	if err != nil || len(board.GetRows()) != 2 || board.GetMine().GetRank() != 1 || board.GetMine().GetName() != "Luz" {
		t.Errorf("the leaderboard is %v, %v", board, err)
	}
	if board, err = w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers", Attempt: others}); err != nil || board.GetMine().GetRank() != 2 {
		t.Errorf("a guest stands at %v, %v", board.GetMine(), err)
	}
	for _, malformed := range [][]string{nil, {""}, slices.Repeat([]string{"a"}, 101)} {
		_, err := w.learn.ClaimAttempts(luz.ctx(), &aulav1.ClaimAttemptsRequest{Attempts: malformed, Language: "es"})
		wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "attempts")
	}
}

// The answers of a claimed attempt are reviews of the time they were given, each once; those of
// an exam when it is finished.
func TestClaimedReviews(t *testing.T) {
	w := newWorld(t)
	practice, exam := w.start(&aulav1.StartAttemptRequest{}).GetId(), w.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM}).GetId()
	for _, attempt := range []string{practice, exam} {
		w.submit(attempt, "longest", choose("amazon"), "")
		w.submit(attempt, "width", number("7"), "")
	}
	luz := w.learner("Luz")
	for range 2 {
		results := luz.claim(practice, exam)
		if results[0].GetReviews() != 2 || !results[1].GetClaimed() || results[1].GetReviews() != 0 {
			t.Errorf("claimed %v", results)
		}
	}
	reviews := func() (n int) { return strings.Count(luz.export(), `{"review":`) }
	if n := reviews(); n != 2 {
		t.Errorf("%d reviews, want those of the practice", n)
	}
	luz.submit(exam, "capital", words("quito"))
	luz.finish(exam)
	if n := reviews(); n != 5 {
		t.Errorf("%d reviews, want those of the exam too", n)
	}
	if results := luz.claim(exam); results[0].GetReviews() != 3 || reviews() != 5 {
		t.Errorf("claimed again %v", results)
	}
}

// What is scheduled otherwise is scheduled so from the first review on.
func TestReschedule(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	due := func(s *someone) (due string) {
		for line := range strings.Lines(s.export()) {
			if _, at, ok := strings.Cut(line, `"due_at":"`); ok && strings.Contains(line, `"question":"longest"`) {
				due, _, _ = strings.Cut(at, `"`)
			}
		}
		return due
	}
	for _, s := range []*someone{luz, eva} {
		s.submit(s.start(&aulav1.StartAttemptRequest{}).GetId(), "longest", choose("amazon"))
	}
	before, others := due(luz), due(eva)
	for range 2 {
		if _, err := w.learn.UpdateLearner(luz.ctx(), &aulav1.UpdateLearnerRequest{LearningSteps: &aulav1.Steps{}}); err != nil {
			t.Fatal(err)
		}
	}
	if after := due(luz); before == "" || after <= before {
		t.Errorf("without steps it is due at %s, before at %s", after, before)
	}
	if due(eva) != others {
		t.Errorf("another's is due at %s, before at %s", due(eva), others)
	}
}
