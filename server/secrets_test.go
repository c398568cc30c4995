package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// Nobody who reads what Aula writes of itself comes to know a key, a token, a code, the id of
// an attempt, which is all that a guest needs, a password, or what a child is called: not in
// its output, its log at the most verbose, gRPC's own, its metrics, profiles or traces, nor in
// what its commands say.
func TestSecretsAreNotWritten(t *testing.T) {
	collector := newCollector(t)
	db, address := filepath.Join(t.TempDir(), "aula.db"), freeAddress(t)
	environment := []string{
		"AULA_LOG_LEVEL=DEBUG", "AULA_METRICS=" + address, "AULA_PPROF=" + address, "AULA_TRACES=" + collector.URL,
		"OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20collector-secret,x-api-key=collector-api-secret", "OTEL_LOG_LEVEL=debug",
		"GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99", "GODEBUG=http2debug=0",
	}
	p := serve(t, db, environment...)
	s := &secretive{process: p, t: t}
	s.play(t, db)

	pages := ""
	for _, page := range []string{"/metrics", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/debug/pprof/"} {
		_, text := fetch(t, "http://"+address+page)
		pages += text
	}
	code, printed := p.interrupt() // which sends what traces there are
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	audited := printedBy(t, environment, "audit", "--db", db) + printedBy(t, environment, "audit", "--json", "--db", db)
	for where, text := range map[string]string{
		"standard output": printed, "standard error": p.log(), "an HTTP page": pages, "a trace": collector.text, "the audit log": audited, "a command": s.said,
	} {
		if len(text) < 100 {
			t.Errorf("%s is %q: was it looked at?", where, text)
		}
		for name, secret := range s.secrets {
			if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
				t.Errorf("%s tells %s, %q", where, name, secret)
			}
		}
	}
	if !strings.Contains(p.log(), "msg=call") || !strings.Contains(p.log(), "[transport]") {
		t.Errorf("the log is not at its most verbose:\n%.2000s", p.log())
	}
}

// secretive does everything that there is a secret about.
type secretive struct {
	*process
	t       *testing.T
	secrets map[string]string
	said    string // by commands
}

// keep keeps a secret in mind, all of it and the part that cannot be guessed.
func (s *secretive) keep(name, secret string) string {
	s.t.Helper()
	if len(secret) < 8 {
		s.t.Fatalf("%s is %q", name, secret)
	}
	if s.secrets == nil {
		s.secrets = map[string]string{"the collector's": "collector-secret", "the collector's other": "collector-api-secret"}
	}
	s.secrets[name] = secret
	if strings.HasPrefix(secret, "aula_") {
		s.secrets["the end of "+name] = secret[len("aula_0123456789abcdef_"):]
	}
	return secret
}

func (s *secretive) try(method, request string, headers ...string) {
	s.t.Helper()
	if _, err := s.call(method, request, headers...); err == nil {
		s.t.Errorf("%s %s was not refused", method, request)
	}
}

func (s *secretive) play(t *testing.T, db string) {
	const learners, study, keys = "aula.v1.LearnerService/", "aula.v1.StudyService/", "aula.v1.KeyService/"
	bearer := func(token string) []string { return []string{"authorization", "Bearer " + token} }
	text := func(r reply, path string) string {
		found, _ := r.at(path).(string)
		return found
	}
	admin := s.keep("an admin's key", strings.TrimSpace(printedBy(t, nil, "key", "create", "--role", "admin", "--name", "Root", "--db", db)))
	made := s.must(keys+"CreateKey", `{"role":"TEACHER","name":"Ana"}`, bearer(admin)...)
	teacher := s.keep("a teacher's key", text(made, "secret"))
	s.must("aula.v1.LibraryService/ListOwnSets", `{}`, bearer(teacher)...)

	signed := s.must(learners+"CreateLearner", `{"name":"Anacleta Quispe","deviceName":"tablet-of-anacleta"}`)
	token := s.keep("a token", text(signed, "token"))
	s.keep("a learner's id", text(signed, "learner.id"))
	s.keep("a learner's name", "Anacleta")
	s.keep("a device's name", "tablet-of-anacleta")
	code := s.keep("a join code", text(s.must(learners+"CreateJoinCode", `{}`, bearer(token)...), "code"))
	joined := s.must(learners+"JoinLearner", fmt.Sprintf(`{"code":%q}`, code))
	s.keep("another token", text(joined, "token"))
	s.try(learners+"JoinLearner", fmt.Sprintf(`{"code":%q}`, code))
	s.try(learners+"JoinLearner", fmt.Sprintf(`{"code":%q}`, s.keep("a wrong code", "WRNG-CDE7")))

	guest := s.keep("a guest's attempt", text(s.must(startAttempt, `{"set":"ecuador-foreign-bases","nickname":"Sobrenombre"}`), "id"))
	s.keep("a nickname", "Sobrenombre")
	s.keep("an answer", answerSecret)
	s.mustf(submitAnswer, `{"attempt":%q,"question":"meeting-city","answer":{"text":{"text":%q}}}`, guest, answerSecret)
	s.try(submitAnswer, fmt.Sprintf(`{"attempt":%q,"question":"homicide-rise","answer":{"numeric":{"text":%q}}}`, guest, answerSecret))
	s.try(getAttempt, fmt.Sprintf(`{"attempt":%q}`, s.keep("what may be an attempt", strings.ToLower(guest))))
	s.mustf(getAttempt, `{"attempt":%q}`, guest)
	s.must(learners+"ClaimAttempts", fmt.Sprintf(`{"attempts":[%q]}`, guest), bearer(token)...)
	s.must(study+"SyncReviews", `{}`, bearer(token)...)

	wrong := s.keep("a wrong key", teacher[:len(teacher)-8]+strings.Repeat("7", 8))
	for _, headers := range [][]string{bearer(wrong), {"authorization", teacher}, {"authorization", "Basic " + teacher}} {
		s.try(listSets, `{}`, headers...)
	}
	s.try(listSets, `{}`, append(bearer(teacher), bearer(teacher)...)...)

	for _, args := range [][]string{
		{"sets", "--server", s.address, "--key", teacher},
		{"sets", "--server", s.address, "--key", wrong},
		{"sets", "--server", "school.example.invalid:1", "--key", teacher},
		{"sets", "--server", "192.0.2.1:1", "--plaintext", "--key", teacher},
		{"sets", "--server", s.address, "--key", teacher + "\x01"},
		{"sets", "--nonsense", "--server", s.address, "--key", teacher},
	} {
		s.said += said(t, nil, args...)
	}
	s.said += said(t, []string{"AULA_KEY=" + wrong, "AULA_SERVER=" + s.address}, "sets")
	password := s.keep("a database's password", "database-password")
	var commands [][]string
	for _, name := range []string{
		"postgres://aula:" + password + "@127.0.0.1:1/aula?connect_timeout=1",
		"postgres://aula@127.0.0.1:1/aula?connect_timeout=1&password=" + password,
		"postgres://aula:" + password + "@127.0.0.1:port/aula",
		"postgres://aula:" + password + "@%zz/aula",
		"postgres://aula:" + password + "@127.0.0.1:1/aula?sslmode=nonsense",
		"postgres://aula:" + password + "%@127.0.0.1/aula",
		"mysql://aula:" + password + "@127.0.0.1/aula",
	} {
		commands = append(commands, []string{"serve", "--listen", "127.0.0.1:0", "--db", name})
		if len(commands) == 1 {
			commands = append(commands, []string{"sets", "--db", name}, []string{"backup", filepath.Join(t.TempDir(), "b"), "--db", name},
				[]string{"copy", "--from", db, "--to", name}, []string{"restore", db, "--db", name}, []string{"verify", "--db", name}, []string{"audit", "--db", name})
		}
	}
	for _, args := range commands {
		s.said += said(t, nil, args...)
	}
	s.must(learners+"DeleteLearner", fmt.Sprintf(`{"id":%q}`, text(signed, "learner.id")), bearer(token)...)
	s.try(learners+"GetLearner", `{}`, bearer(token)...)
	s.must(keys+"RevokeKey", fmt.Sprintf(`{"id":%q}`, text(made, "key.id")), bearer(admin)...)
}

// said is what a command says, however it ends.
func said(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	cmd := aula(t, environment, args...)
	out, _ := cmd.CombinedOutput() // most of them fail
	return string(out)
}

// printedBy is what a command that succeeds prints.
func printedBy(t *testing.T, environment []string, args ...string) string {
	t.Helper()
	out, err := aula(t, environment, args...).Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}
