package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
)

const (
	listSets       = "aula.v1.CatalogService/ListSets"
	getSet         = "aula.v1.CatalogService/GetSet"
	startAttempt   = "aula.v1.QuizService/StartAttempt"
	getAttempt     = "aula.v1.QuizService/GetAttempt"
	getPrompt      = "aula.v1.QuizService/GetPrompt"
	submitAnswer   = "aula.v1.QuizService/SubmitAnswer"
	finishAttempt  = "aula.v1.QuizService/FinishAttempt"
	getLeaderboard = "aula.v1.ScoreService/GetLeaderboard"
)

// want checks values of a reply by path.
func want(t *testing.T, r reply, values map[string]any) {
	t.Helper()
	for path, value := range values {
		if got := r.at(path); !reflect.DeepEqual(got, value) {
			t.Errorf("%s is %v, want %v", path, got, value)
		}
	}
}

// The tour of the README, typed by hand against the real binary.
func TestTour(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"))

	sets := p.must(listSets, `{}`, "accept-language", "es-EC")
	want(t, sets, map[string]any{
		"sets.0.id": "ecuador-foreign-bases", "sets.0.title": "Bases extranjeras en el Ecuador",
		"sets.0.language": "es", "sets.0.fallback": false, "sets.0.revision": 1.0,
	})
	count := sets.at("sets.0.questionCount").(float64)

	a := p.must(startAttempt, `{"set":"ecuador-foreign-bases","language":"es","nickname":"Ana"}`)
	id := a.at("id").(string)
	want(t, a, map[string]any{
		"score.answered": 0.0, "score.points": 0.0, "score.total": count, "state": "IN_PROGRESS", "mode": "PRACTICE",
		"progress": fmt.Sprintf("Quedan %v preguntas.", count), "prompts.0.language": "es", "prompts.0.fallback": false,
	})

	request := uuid.NewString()
	answer := fmt.Sprintf(`{"attempt":%q,"question":"homicide-rise","answer":{"numeric":{"text":"600 %%"}},"request_id":%q}`, id, request)
	outcome := p.must(submitAnswer, answer)
	want(t, outcome, map[string]any{
		"outcome.verdict": "CORRECT", "outcome.fraction": 1.0, "outcome.points": 10.0, "outcome.language": "es",
		"outcome.key.numeric.text": "600\u00a0%", "outcome.key.numeric.value": 600.0,
		"score.points": 10.0, "score.answered": 1.0, "progress": fmt.Sprintf("Quedan %v preguntas.", count-1),
	})
	if text, _ := outcome.at("outcome.explanation").(string); !strings.Contains(text, "600\u00a0%") {
		t.Errorf("explanation %q", text)
	}
	if again := p.must(submitAnswer, answer); !reflect.DeepEqual(again, outcome) {
		t.Errorf("the same request again: %v", again)
	}

	english := p.must(getAttempt, fmt.Sprintf(`{"attempt":%q,"language":"en"}`, id))
	want(t, english, map[string]any{"title": "Foreign bases in Ecuador", "answers.0.outcome.key.numeric.text": "600%", "score.points": 10.0})
	for i := range int(count) {
		path := fmt.Sprintf("prompts.%d.", i)
		want(t, english, map[string]any{path + "question": a.at(path + "question"), path + "language": "en"})
		for j := 0; a.at(fmt.Sprintf("%schoice.options.%d", path, j)) != nil; j++ {
			option := fmt.Sprintf("%schoice.options.%d.id", path, j)
			want(t, english, map[string]any{option: a.at(option)})
		}
	}

	next := p.mustf(getPrompt, `{"attempt":%q}`, id)
	first := a.at("prompts.0")
	if a.at("prompts.0.question") == "homicide-rise" {
		first = a.at("prompts.1")
	}
	if !reflect.DeepEqual(map[string]any(next), first) {
		t.Errorf("the next prompt is %v, want %v", next, first)
	}

	result := p.mustf(finishAttempt, `{"attempt":%q}`, id)
	want(t, result, map[string]any{
		"rank": 1.0, "attempt.state": "FINISHED", "attempt.score.points": 10.0, "attempt.score.answered": 1.0,
	})
	if got := len(result.at("attempt.answers").([]any)); got != int(count) {
		t.Errorf("%d outcomes after the finish, want %v", got, count)
	}
	board := p.must(getLeaderboard, `{"set":"ecuador-foreign-bases"}`)
	want(t, board, map[string]any{"rows.0.rank": 1.0, "rows.0.name": "Ana", "rows.0.points": 10.0, "rows.1": nil})

	// Enough of the log to follow what happened, and none of what was answered.
	p.interrupt() // the log is complete
	log := p.log()
	for _, expected := range []string{"/" + submitAnswer, "code=OK", "…" + id[len(id)-8:]} {
		if !strings.Contains(log, expected) {
			t.Errorf("the log does not mention %s", expected)
		}
	}
	for _, secret := range []string{id, "600 %", request} {
		if strings.Contains(log, secret) {
			t.Errorf("the log tells %s", secret)
		}
	}
}

// A server that is killed after it acknowledged an answer still has it, and the attempt
// goes on where it was.
func TestKillAndResume(t *testing.T) {
	db := filepath.Join(t.TempDir(), "aula.db")
	p := serve(t, db)
	a := p.must(startAttempt, `{"set":"ecuador-foreign-bases","language":"es","nickname":"Ana"}`)
	id := a.at("id")
	request := ""
	for i, question := range []string{"bases-ban", "homicide-rise", "arrival-day", "tour-town", "meeting-city"} {
		answer := []string{
			`{"numeric":{"text":"2008"}}`, `{"numeric":{"text":"600"}}`, `{"choice":{"options":["wednesday-afternoon"]}}`,
			`{"text":{"text":"salinas"}}`, `{"text":{"text":"Quito"}}`,
		}[i]
		request = fmt.Sprintf(`{"attempt":%q,"question":%q,"answer":%s,"request_id":%q}`, id, question, answer, uuid.NewString())
		p.must(submitAnswer, request)
		before := p.mustf(getAttempt, `{"attempt":%q}`, id)
		p.kill()
		p = serve(t, db)
		after := p.mustf(getAttempt, `{"attempt":%q}`, id)
		if !reflect.DeepEqual(after, before) {
			t.Fatalf("after a kill the attempt reads\n%v\nbefore\n%v", after, before)
		}
		want(t, after, map[string]any{"score.answered": float64(i + 1)})
	}
	want(t, p.must(submitAnswer, request), map[string]any{"score.answered": 5.0, "outcome.verdict": "CORRECT"})
	want(t, p.must(getSet, `{"set":"ecuador-foreign-bases"}`), map[string]any{"set.revision": 1.0})
}

func TestInterrupt(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "LC_ALL=es_EC.UTF-8")
	watch, err := healthv1.NewHealthClient(p.conn).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := watch.Recv(); err != nil || first.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("watching health: %v, %v", first, err)
	}
	code, printed := p.interrupt()
	for err == nil { // the stream ends by the server's word, not by a broken connection
		_, err = watch.Recv()
	}
	if status.Code(err) != codes.Canceled {
		t.Errorf("the stream ended with %v", err)
	}
	if code != 0 {
		t.Errorf("exit code %d\n%s", code, p.log())
	}
	for _, expected := range []string{
		"Aula sirve en " + p.address, "ecuador-foreign-bases: Bases extranjeras en el Ecuador",
		"grpcurl -plaintext -H 'accept-language: es' " + p.address + " aula.v1.CatalogService/ListSets", "Todo quedó guardado",
	} {
		if !strings.Contains(printed, expected) {
			t.Errorf("printed\n%s\nwant in it %q", printed, expected)
		}
	}
}

// Those who watch are told, in their language, that the server stops, and that they may
// come back.
func TestInterruptWhileWatching(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"))
	a := p.must(startAttempt, `{"set":"ecuador-foreign-bases","language":"es"}`)
	var watches []grpc.ServerStreamingClient[aulav1.WatchLeaderboardResponse]
	for range 3 {
		watch, err := aulav1.NewScoreServiceClient(p.conn).WatchLeaderboard(t.Context(), &aulav1.WatchLeaderboardRequest{
			Set: "ecuador-foreign-bases", Attempt: a.at("id").(string),
		})
		if err != nil {
			t.Fatal(err)
		}
		if first, err := watch.Recv(); err != nil || first.GetTotal() != 0 {
			t.Errorf("watching an empty leaderboard: %v, %v", first, err)
		}
		watches = append(watches, watch)
	}
	if code, _ := p.interrupt(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.log())
	}
	for _, watch := range watches {
		_, err := watch.Recv()
		st := status.Convert(err)
		if st.Code() != codes.Unavailable || !strings.HasPrefix(st.Message(), "El servidor se está deteniendo") || len(st.Details()) != 3 {
			t.Errorf("the stream ended with %v, %v", err, st.Details())
		}
	}
}

// command runs aula to its end.
func command(t *testing.T, environment []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := aula(t, environment, args...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestHelp(t *testing.T) {
	english, spanish := []string{"LC_ALL=en_US.UTF-8"}, []string{"LC_ALL=es_EC.UTF-8"}
	flag := regexp.MustCompile(`--([a-z-]+)=`)
	for _, c := range []struct {
		environment []string
		wanted      []string
	}{
		{english, []string{"Usage: aula", "Flags:", "Serve quizzes", "$AULA_LISTEN", "Show this help.", "check <file>", "$AULA_EXPAND"}},
		{spanish, []string{"Uso: aula", "Opciones:", "Servir cuestionarios", "$AULA_LISTEN", "Mostrar esta ayuda.", "check <archivo>", "$AULA_EXPAND"}},
	} {
		code, help, _ := command(t, c.environment, "--help")
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
		_, checkHelp, _ := command(t, c.environment, "check", "--help")
		help += checkHelp
		_, settings, _ := command(t, c.environment, "serve", "--help")
		_, connecting, _ := command(t, c.environment, "sets", "--help")
		settings += connecting
		help += settings
		for _, text := range c.wanted {
			if !strings.Contains(help, text) {
				t.Errorf("help\n%s\nlacks %q", help, text)
			}
		}
		for _, m := range flag.FindAllStringSubmatch(settings, -1) {
			variable := "$AULA_" + strings.ToUpper(strings.ReplaceAll(m[1], "-", "_"))
			if !strings.Contains(settings, variable) {
				t.Errorf("--%s has no %s", m[1], variable)
			}
		}
	}
}

func TestCommandLineMistakes(t *testing.T) {
	taken := serve(t, filepath.Join(t.TempDir(), "aula.db"))
	spanish := []string{"LC_ALL=es_EC.UTF-8"}
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"--lisen", "x"}, 2, "Consulta aula --help"},
		{[]string{"--log-level", "loud"}, 2, "--log-level"},
		{[]string{"--listen", taken.address, "--db", filepath.Join(t.TempDir(), "x.db")}, 1, "¿Hay otra Aula en marcha?"},
		{[]string{"--listen", "1"}, 1, "host:puerto"},
		{[]string{"--listen", freeAddress(t), "--db", ""}, 1, "no es un archivo"},
		{[]string{"--listen", freeAddress(t), "--db", ":memory:"}, 1, "no es un archivo"},
		{[]string{"--listen", freeAddress(t), "--db", "mysql://ana:secret@localhost/aula"}, 1, "no es un archivo"},
		{[]string{"--listen", freeAddress(t), "--db", "/no/such/folder/aula.db"}, 1, "no se puede usar la base de datos"},
		{[]string{"--listen", freeAddress(t), "--db", notADatabase(t)}, 1, "no se puede usar la base de datos"},
		{[]string{"--listen", freeAddress(t), "--db", "postgres://ana@127.0.0.1:1/aula?password=secret"}, 1, "no se puede usar la base de datos"},
	} {
		code, _, stderr := command(t, spanish, c.args...)
		if code != c.code || !strings.Contains(stderr, c.stderr) {
			t.Errorf("aula %q: exit code %d, said %q", c.args, code, stderr)
		}
		if strings.Contains(stderr, "secret") {
			t.Errorf("aula %q tells a password: %q", c.args, stderr)
		}
	}
}

func notADatabase(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(file, []byte(strings.Repeat("These are notes, not a database.\n", 99)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
