package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// shippedSets are the sets the binary serves, with their keys.
func shippedSets(t *testing.T) []*questions.Set {
	t.Helper()
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var shipped []*questions.Set
	for _, source := range sources {
		set, err := questions.Compile(source, bundle.Words)
		if err != nil {
			t.Fatal(err)
		}
		shipped = append(shipped, set)
	}
	return shipped
}

// keyOf is what is right, as a learner of that language is told in the end.
func keyOf(set *questions.Set, question, lang string) *aulav1.Key {
	o := &aulav1.Outcome{}
	set.Reveal(set.Question(question), o, questions.Reader{language.Make(lang)}, questions.Play{})
	return o.GetKey()
}

// player turns a prompt and its key into an answer.
type player struct {
	name string
	// choice gives the options to choose, text what to type, order and match how to arrange.
	choice func(prompt *aulav1.ChoicePrompt, key []string) []string
	number func(key string) string
	text   func(key string) string
	blanks func(ids []string) []string // those to fill
	order  func(key []string, rule aulav1.OrderQuestion_Rule) []string
	match  func(key map[string]string) map[string]string
	rating aulav1.CardAnswer_Rating
}

func same[T any](x T) T { return x }

var rightPlayer = player{
	name:   "right",
	choice: func(_ *aulav1.ChoicePrompt, key []string) []string { return key },
	number: same[string], text: same[string], blanks: same[[]string],
	order:  func(key []string, _ aulav1.OrderQuestion_Rule) []string { return key },
	match:  same[map[string]string],
	rating: aulav1.CardAnswer_GOOD,
}

var wrongPlayer = player{
	name: "wrong",
	choice: func(prompt *aulav1.ChoicePrompt, key []string) []string {
		for _, option := range prompt.GetOptions() {
			if !slices.Contains(key, option.GetId()) {
				return []string{option.GetId()}
			}
		}
		return nil
	},
	number: func(string) string { return "-987654" },
	text:   func(string) string { return "xylophone quartz" },
	blanks: same[[]string],
	order: func(key []string, rule aulav1.OrderQuestion_Rule) []string {
		if rule == aulav1.OrderQuestion_RULE_UNSPECIFIED || rule == aulav1.OrderQuestion_EXACT {
			return append(slices.Clone(key[1:]), key[0]) // all out of place
		}
		reversed := slices.Clone(key)
		slices.Reverse(reversed)
		return reversed
	},
	match: func(key map[string]string) map[string]string {
		wrong := map[string]string{}
		for left, right := range key {
			for _, other := range key {
				if other != right {
					wrong[left] = other
				}
			}
		}
		return wrong
	},
	rating: aulav1.CardAnswer_AGAIN,
}

// nearlyPlayer misses a part of what has parts, and types in a hurry.
var nearlyPlayer = player{
	name:   "nearly right",
	choice: func(_ *aulav1.ChoicePrompt, key []string) []string { return key[:1] },
	number: func(key string) string { return " " + strings.ReplaceAll(key, "\u00a0", "") + " " },
	text:   func(key string) string { return "  " + strings.ToUpper(key) + "." },
	blanks: func(ids []string) []string { return ids[:1] },
	order: func(key []string, _ aulav1.OrderQuestion_Rule) []string {
		swapped := slices.Clone(key)
		n := len(swapped)
		swapped[n-1], swapped[n-2] = swapped[n-2], swapped[n-1]
		return swapped
	},
	match: func(key map[string]string) map[string]string {
		for left, right := range key {
			return map[string]string{left: right}
		}
		return nil
	},
	rating: aulav1.CardAnswer_HARD,
}

func (p player) answer(t *testing.T, q *aulav1.Question, prompt *aulav1.Prompt, key *aulav1.Key) *aulav1.Answer {
	t.Helper()
	switch shown := prompt.GetKind().(type) {
	case *aulav1.Prompt_Choice:
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: p.choose(shown.Choice, key.GetChoice())}}
	case *aulav1.Prompt_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: p.count(key.GetNumeric())}}
	case *aulav1.Prompt_TextEntry:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: p.write(key.GetText())}}
	case *aulav1.Prompt_Cloze:
		return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: p.fill(shown.Cloze, key.GetCloze())}}
	case *aulav1.Prompt_Order:
		var ids []string
		for _, item := range key.GetOrder().GetItems() {
			ids = append(ids, item.GetId())
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: &aulav1.OrderAnswer{Items: p.order(ids, q.GetOrder().GetRule())}}}
	case *aulav1.Prompt_Match:
		return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: p.match(key.GetMatch().GetPairs())}}}
	case *aulav1.Prompt_Card:
		return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: p.rating}}}
	}
	t.Fatalf("%s is of no kind", prompt.GetQuestion())
	return nil
}

func (p player) choose(prompt *aulav1.ChoicePrompt, key *aulav1.ChoiceKey) *aulav1.ChoiceAnswer {
	var ids []string
	for _, option := range key.GetOptions() {
		ids = append(ids, option.GetId())
	}
	return &aulav1.ChoiceAnswer{Options: p.choice(prompt, ids)}
}

func (p player) count(key *aulav1.NumericKey) *aulav1.NumericAnswer {
	return &aulav1.NumericAnswer{Text: p.number(key.GetText())}
}

func (p player) write(key *aulav1.TextKey) *aulav1.TextAnswer {
	return &aulav1.TextAnswer{Text: p.text(key.GetAccepted()[0])}
}

func (p player) fill(prompt *aulav1.ClozePrompt, key *aulav1.ClozeKey) *aulav1.ClozeAnswer {
	blanks := map[string]*aulav1.BlankPrompt{}
	var ids []string
	for _, piece := range prompt.GetPieces() {
		if blank := piece.GetBlank(); blank != nil {
			blanks[blank.GetId()] = blank
			ids = append(ids, blank.GetId())
		}
	}
	answer := &aulav1.ClozeAnswer{Blanks: map[string]*aulav1.BlankAnswer{}}
	for _, id := range p.blanks(ids) {
		right := key.GetBlanks()[id]
		switch {
		case right.GetChoice() != nil:
			answer.Blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Choice{Choice: p.choose(blanks[id].GetChoice(), right.GetChoice())}}
		case right.GetNumeric() != nil:
			answer.Blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Numeric{Numeric: p.count(right.GetNumeric())}}
		default:
			answer.Blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Text{Text: p.write(right.GetText())}}
		}
	}
	return answer
}

// Every shipped set, whole, in both languages and modes: everything right earns it all,
// everything wrong nothing, and what is nearly right what a good teacher would give.
func TestWholeSets(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"))
	quiz := aulav1.NewQuizServiceClient(p.conn)
	for _, set := range shippedSets(t) {
		for _, lang := range []string{"es", "en"} {
			for _, mode := range []aulav1.Attempt_Mode{aulav1.Attempt_PRACTICE, aulav1.Attempt_EXAM} {
				for _, who := range []player{rightPlayer, wrongPlayer, nearlyPlayer} {
					exam := mode == aulav1.Attempt_EXAM
					if exam && len(set.Askable(questions.Play{Exam: true})) == 0 {
						continue // cards only
					}
					t.Run(strings.Join([]string{set.Source.GetId(), lang, mode.String(), who.name}, "/"), func(t *testing.T) {
						playWhole(t, quiz, set, lang, mode, who)
					})
				}
			}
		}
	}
}

func playWhole(t *testing.T, quiz aulav1.QuizServiceClient, set *questions.Set, lang string, mode aulav1.Attempt_Mode, who player) {
	t.Helper()
	ctx := t.Context()
	a, err := quiz.StartAttempt(ctx, &aulav1.StartAttemptRequest{Set: set.Source.GetId(), Language: lang, Mode: mode, Nickname: who.name})
	if err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]*aulav1.Outcome{}
	for _, prompt := range a.GetPrompts() {
		id := prompt.GetQuestion()
		resp, err := quiz.SubmitAnswer(ctx, &aulav1.SubmitAnswerRequest{
			Attempt: a.GetId(), Question: id, Answer: who.answer(t, set.Question(id).Source, prompt, keyOf(set, id, lang)),
		})
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		outcomes[id] = resp.GetOutcome()
		if told := resp.GetOutcome() != nil; told != (mode == aulav1.Attempt_PRACTICE) {
			t.Errorf("%s: the outcome is %v", id, resp.GetOutcome())
		}
	}
	result, err := quiz.FinishAttempt(ctx, &aulav1.FinishAttemptRequest{Attempt: a.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range result.GetAttempt().GetAnswers() {
		outcomes[row.GetQuestion()] = row.GetOutcome()
	}
	score := result.GetAttempt().GetScore()
	want := map[string]int32{"right": score.GetMaxPoints(), "wrong": 0}
	if points, ok := want[who.name]; ok && score.GetPoints() != points {
		t.Errorf("earned %d of %d points, want %d", score.GetPoints(), score.GetMaxPoints(), points)
	}
	for id, o := range outcomes {
		if verdict := verdictOf(who, set.Question(id).Source, o); o.GetVerdict() != verdict {
			t.Errorf("%s: %v, want %v", id, o, verdict)
		}
	}
}

// verdictOf is what a player's answers should be graded.
func verdictOf(who player, q *aulav1.Question, o *aulav1.Outcome) aulav1.Outcome_Verdict {
	switch {
	case who.name == "wrong":
		return aulav1.Outcome_INCORRECT
	case who.name == "right":
		return aulav1.Outcome_CORRECT
	case q.GetChoice().GetMultiple() && len(o.GetKey().GetChoice().GetOptions()) > 1,
		q.GetCloze() != nil && len(q.GetCloze().GetBlanks()) > 1,
		q.GetOrder() != nil && len(q.GetOrder().GetItems()) > 2,
		q.GetMatch() != nil:
		return aulav1.Outcome_PARTIAL
	}
	return aulav1.Outcome_CORRECT
}
