package api_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

func TestLanguageOfACall(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		header, field string // accept-language metadata, request field
		language      string
		fallback      bool
	}{
		{"", "", "en", false},
		{"", "es", "es", false},
		{"", "es-EC", "es", false},
		{"", "es-419", "es", false},
		{"", "es-MX", "es", false},
		{"", "fr-CA", "fr", false},
		{"", "pt", "en", true},
		{"es-EC", "", "es", false},
		{"es-EC", "fr", "fr", false}, // the field comes first
		{"pt, es;q=0.5", "", "es", false},
		{"de, ja", "", "en", true},
		{"*garbage*;;q=x", "", "en", false},
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "accept-language", c.header)
		resp, err := w.catalog.ListSets(ctx, &aulav1.ListSetsRequest{Language: c.field})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		set := resp.GetSets()[0]
		title := map[string]string{"en": "Rivers", "es": "Ríos", "fr": "Fleuves"}[c.language]
		if set.GetLanguage() != c.language || set.GetFallback() != c.fallback || set.GetTitle() != title {
			t.Errorf("%q, %q: got %q in %s, fallback %v; want %s, %v",
				c.header, c.field, set.GetTitle(), set.GetLanguage(), set.GetFallback(), c.language, c.fallback)
		}
	}
}

// A caller who names no language meets an attempt in the one it was started in.
func TestAttemptRemembersItsLanguage(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
	if got := w.get(a.GetId(), ""); got.GetLanguage() != "es" || got.GetProgress() != "Quedan 6 preguntas." {
		t.Errorf("resumed in %s: %s", got.GetLanguage(), got.GetProgress())
	}
	resp := w.submit(a.GetId(), "width", number("1.234,5"), "")
	if resp.GetOutcome().GetVerdict() != aulav1.Outcome_CORRECT || resp.GetOutcome().GetKey().GetNumeric().GetText() != "1.234,5" {
		t.Errorf("a number as es-EC writes it: %v", resp.GetOutcome())
	}
	_, err := w.quiz.GetPrompt(t.Context(), &aulav1.GetPromptRequest{Attempt: a.GetId(), Question: "none"})
	if f := failureOf(t, err); f.locale != "es" {
		t.Errorf("an error in %s: %s", f.locale, f.message)
	}
	// So are mistakes that show before the attempt is looked at.
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "capital", Answer: words("")})
	if f := failureOf(t, err); f.locale != "es" || !strings.Contains(f.message, "debe tener al menos 1 carácter") {
		t.Errorf("a malformed request, in %s: %s", f.locale, f.message)
	}
}

// Changing language in the middle keeps order, answers and score.
func TestSwitchLanguage(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "en"})
	for _, step := range []struct {
		question string
		answer   *aulav1.Answer
		lang     string
		points   int32
	}{
		{"width", number("1,234.5"), "en", 10},
		{"capital", words("PARÍS"), "es", 10},
		{"american", choose("nile", "amazon", "orinoco"), "fr", 5},
		{"share", number("20 por ciento"), "es", 20},
	} {
		if got := w.submit(a.GetId(), step.question, step.answer, step.lang).GetOutcome(); got.GetPoints() != step.points {
			t.Errorf("%s earned %d, want %d", step.question, got.GetPoints(), step.points)
		}
		for _, lang := range []string{"en", "es-EC", "fr"} {
			got := w.get(a.GetId(), lang)
			for i, p := range got.GetPrompts() {
				first := a.GetPrompts()[i]
				if p.GetQuestion() != first.GetQuestion() {
					t.Fatalf("%s: question %d is %s, was %s", lang, i, p.GetQuestion(), first.GetQuestion())
				}
				for j, option := range p.GetChoice().GetOptions() {
					if was := first.GetChoice().GetOptions()[j]; option.GetId() != was.GetId() {
						t.Fatalf("%s: option %d of %s is %s, was %s", lang, j, p.GetQuestion(), option.GetId(), was.GetId())
					}
				}
			}
		}
	}
	for _, lang := range []string{"en", "es", "fr"} {
		got := w.get(a.GetId(), lang)
		if got.GetScore().GetPoints() != 45 || len(got.GetAnswers()) != 4 {
			t.Errorf("%s: score %v, answers %v", lang, got.GetScore(), got.GetAnswers())
		}
		// What was typed in one language is told in another, with the grade it had.
		for _, row := range got.GetAnswers() {
			if row.GetQuestion() == "share" {
				text := map[string]string{"en": "20%", "es": "20\u00a0%", "fr": "20\u00a0%"}[lang]
				if row.GetOutcome().GetPoints() != 20 || row.GetOutcome().GetKey().GetNumeric().GetText() != text {
					t.Errorf("%s: share is told as %v", lang, row.GetOutcome())
				}
			}
		}
	}
}

// A third language is a locale file and texts: no code knows it.
func TestThirdLanguage(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "fr"})
	if a.GetTitle() != "Fleuves" || a.GetNickname() != "Visiteur" || a.GetProgress() != "Il reste 6 questions." {
		t.Errorf("%q, %q, %q", a.GetTitle(), a.GetNickname(), a.GetProgress())
	}
	for _, p := range a.GetPrompts() {
		lang, fallback := "fr", false
		if p.GetQuestion() == "deltas" { // not written in French
			lang, fallback = "en", true
		}
		if p.GetLanguage() != lang || p.GetFallback() != fallback {
			t.Errorf("%s in %s, fallback %v", p.GetQuestion(), p.GetLanguage(), p.GetFallback())
		}
	}
	for question, answer := range map[string]*aulav1.Answer{
		"longest": choose("amazon"), "american": choose("orinoco", "amazon"), "width": number("1 234,5"),
		"share": number("20 pour cent"), "capital": words("ville lumiere"), "deltas": choose("yes"),
	} {
		if got := w.submit(a.GetId(), question, answer, "").GetOutcome(); got.GetVerdict() != aulav1.Outcome_CORRECT {
			t.Errorf("%s: %v", question, got)
		}
	}
	other := w.start(&aulav1.StartAttemptRequest{Language: "fr-CA"})
	w.submit(other.GetId(), "share", number("20 %"), "")
	result := w.finish(a.GetId()).GetAttempt()
	if result.GetScore().GetPoints() != 70 || result.GetScore().GetMaxPoints() != 70 {
		t.Errorf("score %v", result.GetScore())
	}
	_, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "rhin", Answer: number("1")})
	if f := failureOf(t, err); f.locale != "en" { // a sentence the French file lacks, and says so
		t.Errorf("an error in %s: %s", f.locale, f.message)
	}
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: other.GetId(), Question: "share", Answer: number("1")})
	if f := failureOf(t, err); f.locale != "fr" || f.message != "La question « share » a déjà une réponse." {
		t.Errorf("an error in %s: %s", f.locale, f.message)
	}
	set, err := w.catalog.GetSet(t.Context(), &aulav1.GetSetRequest{Set: "rivers", Language: "fr"})
	if err != nil {
		t.Fatal(err)
	}
	want := []*aulav1.LanguageCoverage{
		{Language: "en", Questions: 6, Complete: new(true)},
		{Language: "es", Questions: 6, Complete: new(true)},
		{Language: "fr", Questions: 5, Complete: new(false)},
	}
	for i, coverage := range set.GetCoverage() {
		if !proto.Equal(coverage, want[i]) {
			t.Errorf("coverage %v, want %v", coverage, want[i])
		}
	}
}
