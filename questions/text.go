package questions

import (
	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// text asks for a word or a short phrase.
type text struct {
	question *aulav1.TextQuestion
	options  map[string]textOptions // by language
	accepted map[string][]pattern
}

func newText(q *aulav1.TextQuestion, words Words) text {
	t := text{question: q, options: map[string]textOptions{}, accepted: map[string][]pattern{}}
	for _, accepted := range t.question.GetAccepted() {
		for lang, written := range accepted.GetText() {
			options, ok := t.options[lang]
			if !ok {
				options = textOptions{tag: language.Make(lang), articles: words(lang, "articles"), typos: true}
				t.options[lang] = options
			}
			t.accepted[lang] = append(t.accepted[lang], compilePattern(written, options, false))
		}
	}
	return t
}

func (t text) check(r *report) {
	for _, accepted := range t.question.GetAccepted() {
		r.texts("text_entry.accepted", accepted.GetText())
	}
}

func (t text) covers(lang string) bool { return len(t.accepted[lang]) > 0 }

func (t text) prompt(p *aulav1.Prompt, _ view) {
	p.Kind = &aulav1.Prompt_TextEntry{TextEntry: &aulav1.TextPrompt{}}
}

func (t text) grade(a *aulav1.Answer, by, to view) (Grade, error) {
	return t.score(a.GetText(), by, to)
}

// score and solution are grade and key for a text that stands anywhere. score compares
// with the answers accepted in the language the question was read in.
func (t text) score(a *aulav1.TextAnswer, by, _ view) (Grade, error) {
	typed := a.GetText()
	options := t.options[by.lang]
	if prepared := prepare(typed, options); prepared.empty() {
		return Grade{}, &Refusal{Field: "text.text", ID: "text.empty"}
	}
	g := Grade{Fraction: 1}
	switch _, m := bestMatch(t.accepted[by.lang], nil, typed, options); m.kind {
	case matchNone:
		g.Fraction = 0
	case matchAccent:
		g.Feedback = []Message{{ID: "text.accent", Args: map[string]any{"Expected": m.expected}}}
	case matchTypo:
		g.Feedback = []Message{{ID: "text.typo", Args: map[string]any{"Expected": m.expected}}}
	case matchExact, matchPunctuation:
	}
	return g, nil
}

func (t text) key(k *aulav1.Key, v view) {
	key, display := t.solution(v)
	k.Kind, k.Display = &aulav1.Key_Text{Text: key}, display
}

func (t text) solution(v view) (key *aulav1.TextKey, display string) {
	key = &aulav1.TextKey{}
	for _, accepted := range t.question.GetAccepted() {
		if written := accepted.GetText()[v.lang]; written != "" {
			key.Accepted = append(key.Accepted, written)
		}
	}
	return key, key.GetAccepted()[0]
}
