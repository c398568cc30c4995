package api_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

const (
	uuid1 = "0b6f0a52-6f3f-4c86-9d1e-4f6f5c0a7b11"
	uuid2 = "0b6f0a52-6f3f-4c86-9d1e-4f6f5c0a7b12"
)

// Every mistake gets its own clear answer, in the caller's language, and changes nothing.
func TestMistakes(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es", Nickname: "Ana", RequestId: uuid2})
	other := w.start(&aulav1.StartAttemptRequest{QuestionCount: 1})
	first := &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "capital", Answer: words("París"), RequestId: uuid1}
	if _, err := w.quiz.SubmitAnswer(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	done := w.start(&aulav1.StartAttemptRequest{})
	w.finish(done.GetId())
	notAsked := "longest"
	if other.GetPrompts()[0].GetQuestion() == notAsked {
		notAsked = "width"
	}

	submit := func(attempt, question string, answer *aulav1.Answer, request, lang string) error {
		_, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
			Attempt: attempt, Question: question, Answer: answer, RequestId: request, Language: lang,
		})
		return err
	}
	for _, c := range []struct {
		name   string
		call   func(lang string) error
		code   codes.Code
		reason string
		field  string // at fault
		en, es string // part of the sentence
	}{
		{"unknown set", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "lakes", Language: lang})
			return err
		}, codes.NotFound, "SET_NOT_FOUND", "", "no question set “lakes”", "No existe el conjunto de preguntas «lakes»"},
		{"no set", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Language: lang})
			return err
		}, codes.InvalidArgument, "INVALID_REQUEST", "set", "set: must have at least 1 character", "set: debe tener al menos 1 carácter"},
		{"too many questions", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "rivers", QuestionCount: 1000, Language: lang})
			return err
		}, codes.InvalidArgument, "INVALID_REQUEST", "question_count", "between 0 and 200", "entre 0 y 200"},
		{"unknown mode", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "rivers", Mode: 77, Language: lang})
			return err
		}, codes.InvalidArgument, "INVALID_REQUEST", "mode", "not one of the values", "no es ninguno de los valores"},
		{"long nickname", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "rivers", Nickname: strings.Repeat("ñ", 41), Language: lang})
			return err
		}, codes.InvalidArgument, "INVALID_REQUEST", "nickname", "at most 40 characters", "como máximo 40 caracteres"},
		{"start's request id reused", func(lang string) error {
			_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "rivers", Nickname: "Eva", RequestId: uuid2, Language: lang})
			return err
		}, codes.AlreadyExists, "REQUEST_ID_REUSED", "", "already used", "ya se usó"},
		{"unknown attempt", func(lang string) error {
			_, err := w.quiz.GetAttempt(t.Context(), &aulav1.GetAttemptRequest{Attempt: "nope", Language: lang})
			return err
		}, codes.NotFound, "ATTEMPT_NOT_FOUND", "", "no attempt “nope”", "No existe el intento «nope»"},
		{"finish of an unknown attempt", func(lang string) error {
			_, err := w.quiz.FinishAttempt(t.Context(), &aulav1.FinishAttemptRequest{Attempt: "nope", Language: lang})
			return err
		}, codes.NotFound, "ATTEMPT_NOT_FOUND", "", "StartAttempt", "StartAttempt"},
		{"prompt of a question that is not asked", func(lang string) error {
			_, err := w.quiz.GetPrompt(t.Context(), &aulav1.GetPromptRequest{Attempt: other.GetId(), Question: notAsked, Language: lang})
			return err
		}, codes.NotFound, "QUESTION_NOT_FOUND", "", "does not ask", "no incluye"},
		{"next prompt of a finished attempt", func(lang string) error {
			_, err := w.quiz.GetPrompt(t.Context(), &aulav1.GetPromptRequest{Attempt: done.GetId(), Language: lang})
			return err
		}, codes.FailedPrecondition, "ATTEMPT_FINISHED", "", "is finished", "ha terminado"},
		{"answer to an unknown attempt", func(lang string) error {
			return submit("nope", "longest", choose("amazon"), "", lang)
		}, codes.NotFound, "ATTEMPT_NOT_FOUND", "", "nope", "nope"},
		{"answer to a question of another set", func(lang string) error {
			return submit(a.GetId(), "homicide-rise", number("600"), "", lang)
		}, codes.NotFound, "QUESTION_NOT_FOUND", "", "homicide-rise", "homicide-rise"},
		{"answer to a question that is not asked", func(lang string) error {
			return submit(other.GetId(), notAsked, number("1"), "", lang)
		}, codes.NotFound, "QUESTION_NOT_FOUND", "", notAsked, notAsked},
		{"answer to a finished attempt", func(lang string) error {
			return submit(done.GetId(), "longest", choose("amazon"), "", lang)
		}, codes.FailedPrecondition, "ATTEMPT_FINISHED", "", "takes no more answers", "no acepta más respuestas"},
		{"second answer", func(lang string) error {
			return submit(a.GetId(), "capital", words("Lyon"), "", lang)
		}, codes.AlreadyExists, "ALREADY_ANSWERED", "", "already has an answer", "ya tiene respuesta"},
		{"request id with another answer", func(lang string) error {
			return submit(a.GetId(), "capital", words("Lyon"), uuid1, lang)
		}, codes.AlreadyExists, "REQUEST_ID_REUSED", "", uuid1, uuid1},
		{"request id with another question", func(lang string) error {
			return submit(a.GetId(), "longest", choose("amazon"), uuid1, lang)
		}, codes.AlreadyExists, "REQUEST_ID_REUSED", "", uuid1, uuid1},
		{"request id that is no UUID", func(lang string) error {
			return submit(a.GetId(), "longest", choose("amazon"), "7", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "request_id", "must be a UUID", "debe ser un UUID"},
		{"unknown option", func(lang string) error {
			return submit(a.GetId(), "longest", choose("rhine"), "", lang)
		}, codes.InvalidArgument, "UNGRADABLE_ANSWER", "answer.choice.options[0]", "no option “rhine”", "ninguna opción «rhine»"},
		{"two options where one is asked for", func(lang string) error {
			return submit(a.GetId(), "longest", choose("amazon", "danube"), "", lang)
		}, codes.InvalidArgument, "UNGRADABLE_ANSWER", "answer.choice.options", "one option only", "una sola opción"},
		{"an option twice", func(lang string) error {
			return submit(a.GetId(), "american", choose("amazon", "amazon"), "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer.choice.options", "twice", "dos veces"},
		{"no option", func(lang string) error {
			return submit(a.GetId(), "longest", choose(), "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer.choice.options", "at least 1 entry", "al menos 1 elemento"},
		{"no answer", func(lang string) error {
			return submit(a.GetId(), "longest", nil, "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer", "answer: is missing", "answer: falta"},
		{"empty answer", func(lang string) error {
			return submit(a.GetId(), "longest", &aulav1.Answer{}, "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer.kind", "is missing", "falta"},
		{"answer of another kind", func(lang string) error {
			return submit(a.GetId(), "longest", words("Amazon"), "", lang)
		}, codes.InvalidArgument, "ANSWER_KIND_MISMATCH", "", "“choice”", "«choice»"},
		{"empty text", func(lang string) error {
			return submit(a.GetId(), "capital", words(""), "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer.text.text", "at least 1 character", "al menos 1 carácter"},
		{"text of 1 MB", func(lang string) error {
			return submit(a.GetId(), "capital", words(strings.Repeat("a", 1<<20)), "", lang)
		}, codes.InvalidArgument, "INVALID_REQUEST", "answer.text.text", "at most 500 characters", "como máximo 500 caracteres"},
		{"number that is none", func(lang string) error {
			return submit(a.GetId(), "width", number("muchos"), "", lang)
		}, codes.InvalidArgument, "UNGRADABLE_ANSWER", "answer.numeric.text", "cannot be read as a number", "no se puede leer como número"},
		{"percentage for a plain number", func(lang string) error {
			return submit(a.GetId(), "width", number("12 %"), "", lang)
		}, codes.InvalidArgument, "UNGRADABLE_ANSWER", "answer.numeric.text", "plain number", "un número sin más"},
		{"page token made up", func(lang string) error {
			_, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers", PageToken: "made-up", Language: lang})
			return err
		}, codes.InvalidArgument, "INVALID_PAGE_TOKEN", "", "page token", "page_token"},
		{"leaderboard of an unknown set", func(lang string) error {
			_, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "lakes", Language: lang})
			return err
		}, codes.NotFound, "SET_NOT_FOUND", "", "lakes", "lakes"},
		{"details of an unknown set", func(lang string) error {
			_, err := w.catalog.GetSet(t.Context(), &aulav1.GetSetRequest{Set: "lakes", Language: lang})
			return err
		}, codes.NotFound, "SET_NOT_FOUND", "", "lakes", "lakes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := []*aulav1.Attempt{w.get(a.GetId(), ""), w.get(other.GetId(), ""), w.get(done.GetId(), "")}
			for lang, sentence := range map[string]string{"en": c.en, "es": c.es} {
				f := failureOf(t, c.call(lang))
				if f.code != c.code || f.reason != c.reason || f.locale != lang {
					t.Errorf("%s: got %v, %s in %s; want %v, %s", lang, f.code, f.reason, f.locale, c.code, c.reason)
				}
				if !strings.Contains(f.message, sentence) {
					t.Errorf("%s: said %q, want in it %q", lang, f.message, sentence)
				}
				if _, named := f.fields[c.field]; named != (c.field != "") || len(f.fields) > 1 {
					t.Errorf("%s: blamed %v, want %q", lang, f.fields, c.field)
				}
				if len(f.message) > 400 {
					t.Errorf("%s: a message of %d bytes", lang, len(f.message))
				}
			}
			for _, was := range before {
				if is := w.get(was.GetId(), ""); !proto.Equal(is, was) {
					t.Errorf("it changed an attempt:\n%v\nwas\n%v", is, was)
				}
			}
		})
	}
}

func TestBadLanguage(t *testing.T) {
	w := newWorld(t)
	_, err := w.catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{Language: "español"})
	if f := failureOf(t, err); f.reason != "INVALID_REQUEST" || !strings.Contains(f.fields["language"], "“español” is not a language tag") {
		t.Errorf("got %+v", f)
	}
}

// All that is wrong is told at once.
func TestAllMistakesAtOnce(t *testing.T) {
	w := newWorld(t)
	_, err := w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{QuestionCount: -1, RequestId: "x", Language: "es"})
	f := failureOf(t, err)
	for _, field := range []string{"set", "question_count", "request_id"} {
		if f.fields[field] == "" || !strings.Contains(f.message, field) {
			t.Errorf("%s is not blamed: %+v", field, f)
		}
	}
}
