package api_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions/sets"
	"aula/server/api"
	"aula/server/store"
)

// world is a server on a port of its own with a database of its own, and a client.
type world struct {
	t       testing.TB
	conn    *grpc.ClientConn
	catalog aulav1.CatalogServiceClient
	quiz    aulav1.QuizServiceClient
	score   aulav1.ScoreServiceClient
	library aulav1.LibraryServiceClient
	media   aulav1.MediaServiceClient
	keys    aulav1.KeyServiceClient
	learn   aulav1.LearnerServiceClient
	study   aulav1.StudyServiceClient
	store   *store.Store
	file    string // of the database
	address string // served on
	server  *api.Server
	log     *syncBuffer
	made    int // keys
	clock   atomic.Pointer[time.Time]
}

// now is the time on the server: the real one, until a test sets it.
func (w *world) now() time.Time {
	if set := w.clock.Load(); set != nil {
		return *set
	}
	return time.Now()
}

// at sets the time on the server.
func (w *world) at(now time.Time) { w.clock.Store(&now) }

// newWorld serves the set "rivers" in the shipped languages and French.
func newWorld(t testing.TB, edit ...func(*api.Config)) *world {
	t.Helper()
	return newWorldOn(t, filepath.Join(t.TempDir(), "aula.db"), edit...)
}

// newWorldOn is newWorld on a database that others may have.
func newWorldOn(t testing.TB, file string, edit ...func(*api.Config)) *world {
	t.Helper()
	bundle, err := locales.Load(withFrench(t))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: db, file: file, log: &syncBuffer{}}
	w.publish("rivers", func(*aulav1.QuestionSet) {})
	config := api.Config{Store: db, Locales: bundle, Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.now}
	for _, f := range edit {
		f(&config)
	}
	server, err := api.New(config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.server = server
	served := make(chan error, 1)
	go func() { served <- server.GRPC().Serve(listener) }()
	w.address = listener.Addr().String()
	w.conn, err = grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.conn.Close()
		server.Stop(time.Second)
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) { // as one is that stops before it serves
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.catalog, w.quiz, w.score = aulav1.NewCatalogServiceClient(w.conn), aulav1.NewQuizServiceClient(w.conn), aulav1.NewScoreServiceClient(w.conn)
	w.library, w.media, w.keys = aulav1.NewLibraryServiceClient(w.conn), aulav1.NewMediaServiceClient(w.conn), aulav1.NewKeyServiceClient(w.conn)
	w.learn, w.study = aulav1.NewLearnerServiceClient(w.conn), aulav1.NewStudyServiceClient(w.conn)
	return w
}

// withFrench is the locale files with one more language: a language is data. What a
// language says may stand in several files.
func withFrench(t testing.TB) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for lang, pattern := range map[string]string{"en": "../../locales/*.en.json", "es": "../../locales/*.es.json", "fr": "testdata/active.fr.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		sentences := map[string]json.RawMessage{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &sentences)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.Marshal(sentences)
		if err != nil {
			t.Fatal(err)
		}
		all["active."+lang+".json"] = &fstest.MapFile{Data: text}
	}
	return all
}

// publish publishes testdata/<name>.yaml after an edit.
func (w *world) publish(name string, edit func(*aulav1.QuestionSet)) {
	w.t.Helper()
	file := "testdata/" + name + ".yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	set, err := sets.Parse(file, text)
	if err != nil {
		w.t.Fatal(err)
	}
	edit(set)
	if _, _, err := w.store.Publish(w.t.Context(), set, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(req *aulav1.StartAttemptRequest) *aulav1.Attempt {
	w.t.Helper()
	if req.GetSet() == "" {
		req.Set = "rivers"
	}
	a, err := w.quiz.StartAttempt(w.t.Context(), req)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) get(attempt, language string) *aulav1.Attempt {
	w.t.Helper()
	a, err := w.quiz.GetAttempt(w.t.Context(), &aulav1.GetAttemptRequest{Attempt: attempt, Language: language})
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) submit(attempt, question string, answer *aulav1.Answer, language string) *aulav1.SubmitAnswerResponse {
	w.t.Helper()
	resp, err := w.quiz.SubmitAnswer(w.t.Context(), &aulav1.SubmitAnswerRequest{
		Attempt: attempt, Question: question, Answer: answer, Language: language,
	})
	if err != nil {
		w.t.Fatalf("%s: %v", question, err)
	}
	return resp
}

func (w *world) finish(attempt string) *aulav1.FinishAttemptResponse {
	w.t.Helper()
	resp, err := w.quiz.FinishAttempt(w.t.Context(), &aulav1.FinishAttemptRequest{Attempt: attempt})
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

func choose(options ...string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
}

func number(text string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: text}}}
}

func words(text string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: text}}}
}

// failure is a status as an app reads it.
type failure struct {
	code    codes.Code
	reason  string
	locale  string
	message string
	fields  map[string]string
}

func failureOf(t *testing.T, err error) failure {
	t.Helper()
	st, ok := status.FromError(err)
	if !ok || err == nil {
		t.Fatalf("want a status, got %v", err)
	}
	f := failure{code: st.Code(), fields: map[string]string{}}
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			f.reason = d.GetReason()
			if d.GetDomain() != "aula" {
				t.Errorf("domain %q", d.GetDomain())
			}
		case *errdetails.LocalizedMessage:
			f.locale, f.message = d.GetLocale(), d.GetMessage()
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				f.fields[v.GetField()] = v.GetDescription()
			}
		}
	}
	return f
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu   sync.Mutex
	text []byte
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
