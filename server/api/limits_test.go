package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}

// limited puts limits on a world, which a proxy on this machine speaks to.
func limited(l api.Limits) func(*api.Config) {
	l.Proxies = loopback
	return func(c *api.Config) { c.Limits = l }
}

// The least that can be limited: one call, and the next in a quarter of an hour.
const once = 0.001

// from is a call that a proxy makes for others.
func from(ctx context.Context, hops ...string) context.Context {
	var headers []string
	for _, hop := range hops {
		headers = append(headers, "x-forwarded-for", hop)
	}
	return metadata.AppendToOutgoingContext(ctx, headers...)
}

// wantLimited fails where a call was not refused, in words and with when to try again.
func wantLimited(t *testing.T, what string, err error, reason aulav1.ErrorReason, spanish string) {
	t.Helper()
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("%s: %v, want it refused", what, err)
		return
	}
	wantReason(t, err, reason, spanish)
	seconds, after := "", time.Duration(0)
	for _, detail := range status.Convert(err).Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			seconds = d.GetMetadata()["seconds"]
		case *errdetails.RetryInfo:
			after = d.GetRetryDelay().AsDuration()
		}
	}
	if n, err := strconv.Atoi(seconds); err != nil || n < 1 || after != time.Duration(n)*time.Second {
		t.Errorf("%s: to be tried again in %q seconds, after %v", what, seconds, after)
	}
}

func TestAddressLimit(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Address: once}))
	list := func(hops ...string) error {
		_, err := w.catalog.ListSets(from(t.Context(), hops...), &aulav1.ListSetsRequest{Language: "es"})
		return err
	}
	for _, c := range []struct {
		name  string
		first []string
		same  [][]string
	}{
		{"its own", []string{"192.0.2.1"}, [][]string{{"192.0.2.1"}, {"::ffff:192.0.2.1"}, {"198.51.100.9, 192.0.2.1"}, {"198.51.100.9", "192.0.2.1, 10.1.2.3"}}},
		{"its network", []string{"2001:db8:1:2::1"}, [][]string{{"2001:db8:1:2:ffff::9"}}},
		{"another", []string{"192.0.2.2"}, nil},
		{"another network", []string{"2001:db8:1:3::1"}, nil},
	} {
		if err := list(c.first...); err != nil {
			t.Errorf("%s: the first call: %v", c.name, err)
		}
		for _, hops := range append(c.same, c.first) {
			wantLimited(t, fmt.Sprint(c.name, hops), list(hops...), aulav1.ErrorReason_TOO_MANY_CALLS, "más llamadas de las que el servidor acepta")
		}
	}
	for range 5 { // a proxy that does not say for whom it speaks may speak for a whole town
		if err := errors.Join(list(), list("no address"), list("10.0.0.1")); err != nil {
			t.Error(err)
		}
	}

	// A stream is a call, and so is each message on it that asks for something.
	_, err := all(w.media.GetMedia(from(t.Context(), "192.0.2.1"), &aulav1.GetMediaRequest{Digest: strings.Repeat("0", 64), Language: "es"}))
	wantLimited(t, "a stream", err, aulav1.ErrorReason_TOO_MANY_CALLS, "") // before it has said in which language
	reflection, err := reflectionv1.NewServerReflectionClient(w.conn).ServerReflectionInfo(from(t.Context(), "192.0.2.1"))
	if err == nil {
		_, err = reflection.Recv()
	}
	wantLimited(t, "reflection", err, aulav1.ErrorReason_TOO_MANY_CALLS, "")
}

// Where there is no proxy the peer is who calls.
func TestPeerLimit(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Limits = api.Limits{Address: once} })
	if _, err := w.catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{}); err != nil {
		t.Fatal(err)
	}
	_, err := w.catalog.ListSets(from(t.Context(), "192.0.2.7"), &aulav1.ListSetsRequest{Language: "es"})
	wantLimited(t, "who claims to be a proxy", err, aulav1.ErrorReason_TOO_MANY_CALLS, "más llamadas")
}

// Devices of one learner share a limit, wherever they are, and nobody else's.
func TestCallerLimit(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Calls: once}))
	luz, eva := w.learner("Luz"), w.learner("Eva")
	get := func(s *someone) error {
		_, err := w.learn.GetLearner(s.ctx(), &aulav1.GetLearnerRequest{})
		return err
	}
	for _, s := range []*someone{luz, eva} {
		if err := get(s); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.learn.CreateJoinCode(from(luz.ctx(), "192.0.2.1"), &aulav1.CreateJoinCodeRequest{Language: "es"})
	wantLimited(t, "the next", err, aulav1.ErrorReason_TOO_MANY_CALLS, "más llamadas")
	for range 5 {
		if _, err := w.catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{}); err != nil {
			t.Error(err)
		}
	}
}

// Messages of a stream are slowed down, not refused: nothing of a file is lost.
func TestStreamIsSlowed(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Calls: 30}))
	ana := w.teacher("Ana")
	file := seas(1000, "Seas")
	if pieces := len(file) / 300; pieces < 310 { // more than may come at once
		t.Fatalf("%d pieces", pieces)
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, file), aulav1.LoadReport_PUBLISHED, 1)
}

// Whoever sends what does not exist is told to wait in the end. Those of the same address who
// name what does exist are served: with a token that was made a moment ago, with one that this
// server has not met yet, in an attempt that it has not met; and they can use a join code.
func TestGuesses(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Guesses: 0.05})) // fifty in vain at once
	luz, eva := w.learner("Luz"), w.learner("Eva")
	met, unmet, claimed := w.start(&aulav1.StartAttemptRequest{}), w.start(&aulav1.StartAttemptRequest{}), w.start(&aulav1.StartAttemptRequest{})
	school := func(s *someone) context.Context { return from(s.ctx(), "192.0.2.1") }
	nobody := &someone{w: w}
	get := func(ctx context.Context, id string) error {
		_, err := w.quiz.GetAttempt(ctx, &aulav1.GetAttemptRequest{Attempt: id, Language: "es"})
		return err
	}
	key := func(i int) *someone { return &someone{w: w, key: fmt.Sprintf("aula_%016d_%052d", i, i)} }
	code, err := w.learn.CreateJoinCode(luz.ctx(), &aulav1.CreateJoinCodeRequest{})
	if err := errors.Join(err, get(school(nobody), met.GetId())); err != nil {
		t.Fatal(err)
	}
	for range 80 { // an app that repeats itself does not guess
		wantReason(t, get(school(nobody), "repeated"), aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "No existe el intento")
		wantReason(t, get(school(key(1)), met.GetId()), aulav1.ErrorReason_KEY_NEEDED, "clave válida")
	}
	refused := 0
	for i := range 80 {
		s, id := nobody, fmt.Sprint("made up ", i)
		if i%2 == 0 {
			s, id = key(100+i), met.GetId()
		}
		if err := get(school(s), id); status.Code(err) == codes.ResourceExhausted {
			refused++
		}
	}
	if refused < 10 || refused > 40 { // 48 were left, and some come meanwhile
		t.Errorf("of 80 that do not exist %d are refused", refused)
	}
	const told = "demasiadas claves, códigos o intentos que no existen"
	spend(school(nobody), t, get)
	wantLimited(t, "an attempt", get(school(nobody), "more"), aulav1.ErrorReason_TOO_MANY_GUESSES, told)
	spend(school(nobody), t, get)
	wantLimited(t, "a key", get(school(key(3)), met.GetId()), aulav1.ErrorReason_TOO_MANY_GUESSES, told)

	signed, err := w.learn.CreateLearner(school(nobody), &aulav1.CreateLearnerRequest{Name: "Sol"})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := w.learn.JoinLearner(school(nobody), &aulav1.JoinLearnerRequest{Code: code.GetCode()})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"signed up": signed.GetToken(), "joined": joined.GetToken(), "not met yet": eva.key} {
		if err := get(school(&someone{w: w, key: token}), met.GetId()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := errors.Join(get(school(nobody), met.GetId()), get(school(nobody), unmet.GetId())); err != nil {
		t.Error(err)
	}
	claims, err := w.learn.ClaimAttempts(school(eva), &aulav1.ClaimAttemptsRequest{Attempts: []string{"none", claimed.GetId()}})
	if err != nil || claims.GetResults()[0].GetClaimed() || !claims.GetResults()[1].GetClaimed() {
		t.Errorf("claims are told %v, %v", claims, err)
	}
	batch, err := w.quiz.SubmitAnswers(school(nobody), &aulav1.SubmitAnswersRequest{Language: "es", Answers: []*aulav1.SubmitAnswerRequest{
		{Attempt: uuid1, Question: "longest", Answer: choose("danube"), RequestId: uuid1, Language: "es"},
		{Attempt: unmet.GetId(), Question: "longest", Answer: choose("danube"), RequestId: uuid2, Language: "es"},
	}})
	if err != nil || batch.GetResults()[0].GetError().GetReason() != aulav1.ErrorReason_TOO_MANY_GUESSES || batch.GetResults()[1].GetError() != nil {
		t.Errorf("a batch is told %v, %v", batch, err)
	}

	// Elsewhere everything is told as ever.
	wantReason(t, get(from(nobody.ctx(), "192.0.2.2"), "more"), aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "")
}

// A classroom of devices whose tokens are no good any more is told so, however often they come
// in turn, and however much else is made up meanwhile.
func TestDeadTokens(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Guesses: 1}))
	school := from(t.Context(), "192.0.2.1")
	for range 4 {
		for i := range 600 {
			dead := &someone{w: w, key: fmt.Sprintf("aula_%016d_%052d", i, i)}
			_, err := w.catalog.ListSets(from(dead.ctx(), "192.0.2.1"), &aulav1.ListSetsRequest{})
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "")
		}
		spend(school, t, func(ctx context.Context, id string) error {
			_, err := w.quiz.GetAttempt(ctx, &aulav1.GetAttemptRequest{Attempt: id})
			return err
		})
	}
}

// spend uses up what may be looked up in vain.
func spend(ctx context.Context, t *testing.T, get func(context.Context, string) error) {
	t.Helper()
	for range 1000 {
		if status.Code(get(ctx, uuid.NewString())) == codes.ResourceExhausted {
			return
		}
	}
	t.Fatal("nothing is limited")
}

// Join codes are tried from one address five times here, right or wrong, and from all
// together fifty times.
func TestJoinCodeGuesses(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Guesses: 0.05}))
	luz := w.learner("Luz")
	code, err := w.learn.CreateJoinCode(luz.ctx(), &aulav1.CreateJoinCodeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	join := func(address int, code string) error {
		_, err := w.learn.JoinLearner(from(t.Context(), fmt.Sprintf("192.0.2.%d", address)), &aulav1.JoinLearnerRequest{Code: code, Language: "es"})
		return err
	}
	for i := range 5 {
		wantReason(t, join(1, fmt.Sprintf("0000-000%d", i)), aulav1.ErrorReason_JOIN_CODE_UNKNOWN, "")
	}
	wantLimited(t, "the right code", join(1, code.GetCode()), aulav1.ErrorReason_TOO_MANY_GUESSES, "")
	if err := join(2, code.GetCode()); err != nil {
		t.Error(err)
	}
	refused := 0
	for i := range 100 {
		if err := join(3+i, "0000-0000"); status.Code(err) == codes.ResourceExhausted {
			refused++
		}
	}
	if refused < 40 || refused > 60 { // 44 are left of fifty, and some come meanwhile
		t.Errorf("of 100 addresses that try a code %d are refused", refused)
	}
}

// A class behind one address answers, syncs and watches, and meets no limit.
func TestClassMeetsNoLimit(t *testing.T) {
	w := newWorld(t, limited(api.Limits{Calls: 200, Address: 1000, Guesses: 1}))
	var pupils sync.WaitGroup
	for i := range 30 {
		pupils.Go(func() {
			if err := w.lesson(from(t.Context(), "192.0.2.1"), i); err != nil {
				t.Error(err)
			}
		})
	}
	pupils.Wait()
}

// lesson is what a pupil does in one, all at once.
func (w *world) lesson(ctx context.Context, i int) error {
	signed, err := w.learn.CreateLearner(ctx, &aulav1.CreateLearnerRequest{Name: fmt.Sprint("Pupil ", i)})
	if err != nil {
		return err
	}
	code, err := w.learn.CreateJoinCode(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+signed.GetToken()), &aulav1.CreateJoinCodeRequest{})
	if err != nil {
		return err
	}
	if i%2 == 0 { // who mistypes it
		if _, err := w.learn.JoinLearner(ctx, &aulav1.JoinLearnerRequest{Code: "0000-0000"}); status.Code(err) != codes.NotFound {
			return fmt.Errorf("a wrong code: %w", err)
		}
	}
	phone, err := w.learn.JoinLearner(ctx, &aulav1.JoinLearnerRequest{Code: code.GetCode()})
	if err != nil {
		return err
	}
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+phone.GetToken())
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watch, err := w.score.WatchLeaderboard(watching, &aulav1.WatchLeaderboardRequest{Set: "rivers"})
	if err == nil {
		_, err = watch.Recv()
	}
	if err != nil {
		return err
	}
	for range 3 {
		a, err := w.quiz.StartAttempt(ctx, &aulav1.StartAttemptRequest{Set: "rivers"})
		if err != nil {
			return err
		}
		for range 10 {
			if _, err := w.quiz.GetPrompt(ctx, &aulav1.GetPromptRequest{Attempt: a.GetId()}); err != nil {
				return err
			}
		}
		answer := &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "longest", Answer: choose("danube"), RequestId: uuid.NewString()}
		if _, err := w.quiz.SubmitAnswer(ctx, answer); err != nil {
			return err
		}
		if _, err := w.study.SyncReviews(ctx, &aulav1.SyncReviewsRequest{}); err != nil {
			return err
		}
		if _, err := all(w.study.GetPack(ctx, &aulav1.GetPackRequest{Sets: []string{"rivers"}})); err != nil {
			return err
		}
	}
	return nil
}

// Without guests one can sign up, or join by a code, and nothing else.
func TestNoGuests(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.NoGuests = true })
	luz := w.learner("Luz") // signs up
	code, err := w.learn.CreateJoinCode(luz.ctx(), &aulav1.CreateJoinCodeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.learn.JoinLearner(t.Context(), &aulav1.JoinLearnerRequest{Code: code.GetCode()}); err != nil {
		t.Error(err)
	}
	tried := 0
	for _, method := range methodsOf(t, w) {
		audience := audienceOf(method)
		if !strings.HasPrefix(string(method.FullName()), "aula.v1.") || method.Name() == "CreateLearner" || method.Name() == "JoinLearner" {
			continue
		}
		err := (&someone{w: w}).try(method, "rivers")
		switch audience {
		case aulav1.Audience_ANYONE, aulav1.Audience_LEARNER:
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "no acepta invitados: primero regístrate")
			tried++
		default:
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "necesita una clave")
		}
	}
	if tried < 20 {
		t.Errorf("%d methods were tried", tried)
	}
	for _, s := range []*someone{luz, w.teacher("Ana"), w.admin()} {
		if _, err := w.quiz.StartAttempt(s.ctx(), &aulav1.StartAttemptRequest{Set: "rivers"}); err != nil {
			t.Error(err)
		}
	}
}

func TestNoReflection(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.NoReflection = true })
	stream, err := reflectionv1.NewServerReflectionClient(w.conn).ServerReflectionInfo(t.Context())
	if err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("reflection answers %v", err)
	}
	w.start(&aulav1.StartAttemptRequest{})
}

// What limits add to the smallest call, over a real connection.
func BenchmarkLimits(b *testing.B) {
	for name, l := range map[string]api.Limits{"off": {}, "on": {Calls: 1e9, Address: 1e9, Guesses: 1e9}} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b, func(c *api.Config) { c.Limits = l })
			luz := w.learner("Luz")
			a, err := w.quiz.StartAttempt(luz.ctx(), &aulav1.StartAttemptRequest{Set: "rivers", Language: "es-EC"})
			if err != nil {
				b.Fatal(err)
			}
			ctx, request := luz.ctx(), &aulav1.GetPromptRequest{Attempt: a.GetId(), Language: "es-EC"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.quiz.GetPrompt(ctx, request); err != nil && !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
		})
	}
}
