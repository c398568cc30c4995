package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// things are what somebody else has, by their ids; or what nobody has.
type things struct {
	set, attempt, learner, device, key, review, cursor, code string
}

// words are the ids, each with a name that things of others share with what is not there.
func (th things) words() *strings.Replacer {
	return strings.NewReplacer(th.set, "SET", th.attempt, "ATTEMPT", th.learner, "LEARNER", th.device, "DEVICE", th.key, "KEY",
		th.review, "REVIEW", th.cursor, "CURSOR", th.code, "CODE")
}

type sent = []proto.Message // the requests of a call, in order

// asks are requests of every method, which name what somebody else has in every way there is.
// none are those of methods that take no such name.
var asks = map[protoreflect.FullName]func(things) []sent{
	"aula.v1.CatalogService.ListSets": none,
	"aula.v1.CatalogService.GetSet":   func(th things) []sent { return one(&aulav1.GetSetRequest{Set: th.set}) },

	"aula.v1.QuizService.StartAttempt": func(th things) []sent { return one(&aulav1.StartAttemptRequest{Set: th.set}) },
	"aula.v1.QuizService.GetAttempt":   func(th things) []sent { return one(&aulav1.GetAttemptRequest{Attempt: th.attempt}) },
	"aula.v1.QuizService.GetPrompt": func(th things) []sent {
		return one(&aulav1.GetPromptRequest{Attempt: th.attempt}, &aulav1.GetPromptRequest{Attempt: th.attempt, Question: "longest"})
	},
	"aula.v1.QuizService.SubmitAnswer": func(th things) []sent { return one(answerOf(th)) },
	"aula.v1.QuizService.SubmitAnswers": func(th things) []sent {
		return one(&aulav1.SubmitAnswersRequest{Answers: []*aulav1.SubmitAnswerRequest{answerOf(th)}})
	},
	"aula.v1.QuizService.RevealHint": func(th things) []sent {
		return one(&aulav1.RevealHintRequest{Attempt: th.attempt, Question: "longest", Number: 1})
	},
	"aula.v1.QuizService.TurnCard":      func(th things) []sent { return one(&aulav1.TurnCardRequest{Attempt: th.attempt, Question: "longest"}) },
	"aula.v1.QuizService.FinishAttempt": func(th things) []sent { return one(&aulav1.FinishAttemptRequest{Attempt: th.attempt}) },

	"aula.v1.ScoreService.GetLeaderboard": func(th things) []sent {
		return one(&aulav1.GetLeaderboardRequest{Set: th.set}, &aulav1.GetLeaderboardRequest{Set: "rivers", Attempt: th.attempt})
	},
	"aula.v1.ScoreService.WatchLeaderboard": func(th things) []sent {
		return one(&aulav1.WatchLeaderboardRequest{Set: th.set}, &aulav1.WatchLeaderboardRequest{Set: "rivers", Attempt: th.attempt})
	},
	"aula.v1.ScoreService.GetProgress": func(th things) []sent { return one(&aulav1.GetProgressRequest{Sets: []string{th.set}}) },

	"aula.v1.LearnerService.CreateLearner":  none, // a request id is the secret of who made it
	"aula.v1.LearnerService.CreateJoinCode": none,
	"aula.v1.LearnerService.JoinLearner":    func(th things) []sent { return one(&aulav1.JoinLearnerRequest{Code: th.code}) },
	"aula.v1.LearnerService.ListDevices":    none,
	"aula.v1.LearnerService.RemoveDevice":   func(th things) []sent { return one(&aulav1.RemoveDeviceRequest{Device: th.device}) },
	"aula.v1.LearnerService.ClaimAttempts":  func(th things) []sent { return one(&aulav1.ClaimAttemptsRequest{Attempts: []string{th.attempt}}) },
	"aula.v1.LearnerService.GetLearner":     none,
	"aula.v1.LearnerService.UpdateLearner":  none,
	"aula.v1.LearnerService.ExportLearner":  none,
	"aula.v1.LearnerService.DeleteLearner":  func(th things) []sent { return one(&aulav1.DeleteLearnerRequest{Id: th.learner}) },

	"aula.v1.StudyService.ListDueCards": func(th things) []sent { return one(&aulav1.ListDueCardsRequest{Sets: []string{th.set}}) },
	"aula.v1.StudyService.RevealCard":   func(th things) []sent { return one(&aulav1.RevealCardRequest{Set: th.set, Question: "sea-0"}) },
	"aula.v1.StudyService.ReviewCard": func(th things) []sent {
		return one(&aulav1.ReviewCardRequest{Event: eventOf(th)}, &aulav1.ReviewCardRequest{Event: undoOf(th)})
	},
	"aula.v1.StudyService.UndoReview":  func(th things) []sent { return one(&aulav1.UndoReviewRequest{Review: th.review}) },
	"aula.v1.StudyService.GetForecast": func(th things) []sent { return one(&aulav1.GetForecastRequest{Sets: []string{th.set}}) },
	"aula.v1.StudyService.GetPack": func(th things) []sent {
		return one(&aulav1.GetPackRequest{Sets: []string{th.set}}, &aulav1.GetPackRequest{Sets: []string{"rivers"}, Cursor: th.cursor})
	},
	"aula.v1.StudyService.SyncReviews": func(th things) []sent {
		return one(&aulav1.SyncReviewsRequest{Events: []*aulav1.ReviewEvent{eventOf(th)}}, &aulav1.SyncReviewsRequest{Cursor: th.cursor},
			&aulav1.SyncReviewsRequest{Events: []*aulav1.ReviewEvent{undoOf(th)}})
	},

	// To load into a set that is another's tells that its id is taken, as it must: all else is
	// told by a translation, which needs a set that is one's own.
	"aula.v1.LibraryService.LoadSet": func(th things) []sent {
		return []sent{{header(&aulav1.LoadSetHeader{Set: th.set, Translate: true, ContentLanguage: "es"}), chunk(seas(1, "Mine"))}}
	},
	"aula.v1.LibraryService.ExportSet": func(th things) []sent {
		return one(&aulav1.ExportSetRequest{Set: th.set}, &aulav1.ExportSetRequest{Set: th.set, Revision: 1, Format: "json"})
	},
	"aula.v1.LibraryService.ListOwnSets":      none,
	"aula.v1.LibraryService.ListRevisions":    func(th things) []sent { return one(&aulav1.ListRevisionsRequest{Set: th.set}) },
	"aula.v1.LibraryService.CompareRevisions": func(th things) []sent { return one(&aulav1.CompareRevisionsRequest{Set: th.set, To: 1}) },
	"aula.v1.LibraryService.PublishDraft":     func(th things) []sent { return one(&aulav1.PublishDraftRequest{Set: th.set}) },
	"aula.v1.LibraryService.RestoreRevision":  func(th things) []sent { return one(&aulav1.RestoreRevisionRequest{Set: th.set, Revision: 1}) },
	"aula.v1.LibraryService.ArchiveSet": func(th things) []sent {
		return one(&aulav1.ArchiveSetRequest{Set: th.set}, &aulav1.ArchiveSetRequest{Set: th.set, Undo: true})
	},

	"aula.v1.MediaService.GetMedia": none, // whoever knows the digest of a content knows the content

	"aula.v1.KeyService.CreateKey": func(th things) []sent {
		return one(&aulav1.CreateKeyRequest{Role: aulav1.AccessKey_TEACHER, Name: "Eva", Teacher: th.device})
	},
	"aula.v1.KeyService.ListKeys":  none,
	"aula.v1.KeyService.RevokeKey": func(th things) []sent { return one(&aulav1.RevokeKeyRequest{Id: th.device}) },

	"grpc.health.v1.Health.Check":                                   none,
	"grpc.health.v1.Health.List":                                    none,
	"grpc.health.v1.Health.Watch":                                   none,
	"grpc.reflection.v1.ServerReflection.ServerReflectionInfo":      none,
	"grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo": none,
}

func none(things) []sent { return nil }

// one is calls of one request each.
func one(requests ...proto.Message) (calls []sent) {
	for _, request := range requests {
		calls = append(calls, sent{request})
	}
	return calls
}

func header(h *aulav1.LoadSetHeader) proto.Message {
	return &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: h}}
}

func answerOf(th things) *aulav1.SubmitAnswerRequest {
	return &aulav1.SubmitAnswerRequest{Attempt: th.attempt, Question: "longest", Answer: choose("danube"), RequestId: uuid1}
}

func eventOf(th things) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{
		Id: uuid1, Set: th.set, Question: "sea-0", Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_GOOD},
	}
}

// undoOf takes back what somebody else reviewed.
func undoOf(th things) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{Id: uuid2, Action: &aulav1.ReviewEvent_Undo{Undo: th.review}}
}

// told makes a call and returns everything that came back, ids and times left out.
func (s *someone) told(method protoreflect.MethodDescriptor, requests sent, th things) (string, error) {
	ctx, cancel := context.WithCancel(s.ctx())
	defer cancel()
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	stream, err := s.w.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, name)
	if err != nil {
		return "", err
	}
	for _, request := range requests {
		inSpanish(request)
		if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return "", err
	}
	var text strings.Builder
	for err == nil {
		reply := dynamicpb.NewMessage(method.Output())
		if err = stream.RecvMsg(reply); err == nil {
			fmt.Fprintln(&text, prototext.Format(reply))
			if method.Name() == "WatchLeaderboard" { // it does not end
				break
			}
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		st := status.Convert(err)
		fmt.Fprintln(&text, st.Code(), st.Message())
		for _, detail := range st.Details() {
			fmt.Fprintln(&text, prototext.Format(detail.(proto.Message)))
		}
	}
	return ofEachCall.ReplaceAllString(th.words().Replace(blanks.ReplaceAllString(text.String(), " ")), "…"), nil
}

var (
	blanks     = regexp.MustCompile(`[ ]+`)
	ofEachCall = regexp.MustCompile(`(seconds|nanos|cursor|device): ?"?[^\s"]+"?`)
)

func inSpanish(request proto.Message) {
	if load, ok := request.(*aulav1.LoadSetRequest); ok {
		if load.GetHeader() != nil {
			load.GetHeader().Language = "es"
		}
		return
	}
	m := request.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName("language"), protoreflect.ValueOfString("es"))
}

// owned makes what somebody has: a learner with an attempt, cards, devices and a join code, and
// a teacher with a set that is not published.
func (w *world) owned() (luz, ana *someone, theirs things) {
	w.t.Helper()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	luz, ana = w.learner("Luz de América"), w.teacher("Ana Quispe")
	profile, err := w.learn.GetLearner(luz.ctx(), &aulav1.GetLearnerRequest{})
	must(err)
	a, err := w.quiz.StartAttempt(luz.ctx(), &aulav1.StartAttemptRequest{Set: "rivers"})
	must(err)
	_, err = w.quiz.SubmitAnswer(luz.ctx(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "width", Answer: number("1"), RequestId: uuid.NewString()})
	must(err)
	event := rate("longest", aulav1.CardAnswer_GOOD)
	luz.review(event)
	synced, err := w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{})
	must(err)
	code, err := w.learn.CreateJoinCode(luz.ctx(), &aulav1.CreateJoinCodeRequest{})
	must(err)
	_, err = w.learn.JoinLearner(w.t.Context(), &aulav1.JoinLearnerRequest{Code: code.GetCode()}) // which uses it up
	must(err)
	if _, err := w.store.Set(w.t.Context(), "seas"); errors.Is(err, store.ErrNotFound) {
		ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(2, "Seas"))
	}
	return luz, ana, things{
		set: "seas", attempt: a.GetId(), learner: profile.GetLearner().GetId(), device: luz.id, key: ana.id,
		review: event.GetId(), cursor: synced.GetCursor(), code: code.GetCode(),
	}
}

// nothing is ids that look like those of others and name nothing.
func nothing(th things) things {
	other := func(id string) string { return id[:len(id)-4] + strings.Map(turned, id[len(id)-4:]) }
	return things{
		set: "zeas", attempt: other(th.attempt), learner: other(th.learner), device: other(th.device), key: other(th.key),
		review: uuid.NewString(), cursor: "AQAAAAAAAAAAAA", code: other(th.code),
	}
}

// turned is another sign of those that ids are made of.
func turned(r rune) rune {
	switch r {
	case '-':
		return r
	case '0':
		return '7'
	}
	return '0'
}

// held is everything that is theirs, as they see it.
func (w *world) held(luz, ana *someone) string {
	w.t.Helper()
	var text strings.Builder
	export, err := all(w.learn.ExportLearner(luz.ctx(), &aulav1.ExportLearnerRequest{}))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, part := range export {
		text.Write(part.GetData())
	}
	revisions, err := w.library.ListRevisions(ana.ctx(), &aulav1.ListRevisionsRequest{Set: "seas"})
	if err != nil {
		w.t.Fatal(err)
	}
	sets, err := w.library.ListOwnSets(ana.ctx(), &aulav1.ListOwnSetsRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := w.store.Keys(w.t.Context(), "", 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	keys = slices.DeleteFunc(keys, func(k store.Key) bool { return k.ID != ana.id })
	fmt.Fprintln(&text, string(encoding(revisions)), string(encoding(sets)), keys)
	return text.String()
}

func encoding(m proto.Message) []byte {
	encoded, _ := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	return encoded
}

// What somebody else has is to every caller as what is not there: the same code, the same
// words, the same details, and nothing of it changes. A method that nobody has thought about
// fails.
func TestOthersThingsAreNotThere(t *testing.T) {
	w := newWorld(t)
	luz, ana, theirs := w.owned()
	before := w.held(luz, ana)
	methods := methodsOf(t, w)
	tried := 0
	for _, method := range methods {
		ask, known := asks[method.FullName()]
		if !known {
			t.Errorf("%s is not among the asks: what of another's can it name?", method.FullName())
			continue
		}
		for i := range ask(theirs) {
			for who, make := range map[string]func() *someone{
				"nobody":    func() *someone { return &someone{w: w} },
				"a learner": func() *someone { return w.learner("Mia") },
				"a teacher": func() *someone { return w.teacher("Eva") },
				"an admin":  w.admin,
			} {
				if who == "an admin" && strings.HasPrefix(string(method.FullName()), "aula.v1.LibraryService.") {
					continue // every set is theirs to handle
				}
				at := fmt.Sprintf("%s %d, %s", method.FullName(), i, who)
				missing := nothing(theirs)
				got, err := make().told(method, ask(theirs)[i], theirs)
				want, errMissing := make().told(method, ask(missing)[i], missing)
				if err != nil || errMissing != nil {
					t.Fatal(at, err, errMissing)
				}
				if got != want {
					t.Errorf("%s is told\n%s\nof another's, and\n%s\nof what is not there", at, got, want)
				}
				if strings.Contains(got, codes.Internal.String()) || strings.Contains(got, codes.Unknown.String()) || got == "" {
					t.Errorf("%s: %s", at, got)
				}
				if after := w.held(luz, ana); after != before {
					t.Fatalf("%s has changed what is another's:\n%s\nwas\n%s", at, after, before)
				}
				tried++
			}
		}
	}
	if tried < 100 {
		t.Errorf("%d calls were tried", tried)
	}
	for name := range asks {
		if !slices.ContainsFunc(methods, func(m protoreflect.MethodDescriptor) bool { return m.FullName() == name }) {
			t.Errorf("there is no %s", name)
		}
	}
}
