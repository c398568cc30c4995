package questions

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// textEmpty is the id of the sentence that refuses a text without letters or digits.
const textEmpty = "text.empty"

// text asks for a word or a short phrase.
type text struct {
	question *aulav1.TextQuestion
	in       map[string]*textKey // by language
}

// textKey is the key of a text question in one language. The patterns of each list are
// those of the question's that are written in it, and the indexes say which.
type textKey struct {
	options             textOptions
	accepted, wrong     []pattern
	acceptedAt, wrongAt []int
}

func newText(q *aulav1.TextQuestion, words Words) text {
	t := text{question: q, in: map[string]*textKey{}}
	key := func(lang string) *textKey {
		if t.in[lang] == nil {
			t.in[lang] = &textKey{options: optionsOf(q, lang, words)}
		}
		return t.in[lang]
	}
	for i, accepted := range q.GetAccepted() {
		for lang, written := range accepted.GetText() {
			k := key(lang)
			p := compilePattern(written, k.options, q.GetWildcards())
			p.credit = creditOf(accepted)
			k.accepted, k.acceptedAt = append(k.accepted, p), append(k.acceptedAt, i)
		}
	}
	for i, wrong := range q.GetWrong() {
		for lang, written := range wrong.GetText() {
			k := key(lang)
			k.wrong, k.wrongAt = append(k.wrong, compilePattern(written, k.options, false)), append(k.wrongAt, i)
		}
	}
	return t
}

func optionsOf(q *aulav1.TextQuestion, lang string, words Words) textOptions {
	options := textOptions{
		tag:           language.Make(lang),
		caseSensitive: q.GetCaseSensitive(),
		punctuation:   q.GetPunctuation(),
		articles:      words(lang, "articles"),
		typos:         !q.GetExactSpelling(),
	}
	switch q.GetAccents() {
	case aulav1.TextQuestion_ACCENTS_UNSPECIFIED, aulav1.TextQuestion_FORGIVE:
		options.accents = accentsForgive
	case aulav1.TextQuestion_IGNORE:
		options.accents = accentsIgnore
	case aulav1.TextQuestion_REQUIRE:
		options.accents = accentsRequire
	}
	return options
}

func creditOf(accepted *aulav1.AcceptedText) float64 {
	if accepted.Fraction == nil {
		return 1
	}
	return accepted.GetFraction()
}

func (t text) check(r *report) {
	for i, accepted := range t.question.GetAccepted() {
		path := fmt.Sprintf("text_entry.accepted[%d]", i)
		r.texts(path+".text", accepted.GetText())
		r.texts(path+".feedback", accepted.GetFeedback())
	}
	for i, wrong := range t.question.GetWrong() {
		path := fmt.Sprintf("text_entry.wrong[%d]", i)
		r.texts(path+".text", wrong.GetText())
		r.texts(path+".feedback", wrong.GetFeedback())
	}
	for _, lang := range r.languages {
		if k := t.in[lang]; k != nil {
			k.check(r, lang, t.question)
		}
	}
}

// check reports what is wrong with the key in one language.
func (k *textKey) check(r *report, lang string, q *aulav1.TextQuestion) {
	add := func(list string, i int, id, text string) {
		r.add(fmt.Sprintf("text_entry.%s[%d].text", list, i), id, map[string]any{"Text": text, "Language": lang})
	}
	for i := range k.accepted {
		at := k.acceptedAt[i]
		written := q.GetAccepted()[at].GetText()[lang]
		switch {
		case k.accepted[i].empty():
			add("accepted", at, "check.text_empty", written)
		case k.accepted[i].onlyWild():
			add("accepted", at, "check.text_only_wildcards", written)
		}
	}
	for i := range k.wrong {
		at, wrong := k.wrongAt[i], &k.wrong[i]
		same := func(p pattern) bool { return !p.wild && p.match(&wrong.preparedText).kind == matchExact }
		switch {
		case wrong.empty():
			add("wrong", at, "check.text_empty", wrong.raw)
		case slices.ContainsFunc(k.accepted, same):
			add("wrong", at, "check.text_accepted_and_wrong", wrong.raw)
		}
	}
	if len(k.accepted) > 0 && !slices.ContainsFunc(k.accepted, fullCredit) {
		r.add("text_entry.accepted", "check.text_no_full_credit", map[string]any{"Language": lang})
	}
}

func fullCredit(p pattern) bool { return p.credit == 1 }

func (t text) covers(lang string) bool {
	k := t.in[lang]
	if k == nil || len(k.accepted) == 0 {
		return false
	}
	told := func(feedback map[string]string) bool { return len(feedback) == 0 || feedback[lang] != "" }
	for _, i := range k.acceptedAt {
		if !told(t.question.GetAccepted()[i].GetFeedback()) {
			return false
		}
	}
	for _, i := range k.wrongAt {
		if !told(t.question.GetWrong()[i].GetFeedback()) {
			return false
		}
	}
	return true
}

func (t text) prompt(p *aulav1.Prompt, _ view) {
	p.Kind = &aulav1.Prompt_TextEntry{TextEntry: &aulav1.TextPrompt{}}
}

func (t text) grade(a *aulav1.Answer, by, to view) (Grade, error) {
	return t.score(a.GetText(), by, to)
}

// score and solution are grade and key for a text that stands anywhere. score compares
// with the answers accepted, and those known to be wrong, in the language the question was
// read in.
func (t text) score(a *aulav1.TextAnswer, by, to view) (Grade, error) {
	k := t.in[by.lang]
	typed := prepare(a.GetText(), k.options)
	if typed.empty() {
		return Grade{}, &Refusal{Field: "text.text", ID: textEmpty}
	}
	wrong, nearestWrong := nearestMatch(k.wrong, &typed)
	index, m := bestMatch(k.accepted, &typed, nearestWrong)

	if index < 0 && wrong < 0 && !strings.ContainsFunc(a.GetText(), isSubstance) {
		return Grade{}, &Refusal{Field: "text.text", ID: textEmpty}
	}
	var g Grade
	var feedback map[string]string
	switch {
	case index >= 0:
		g.Fraction = k.accepted[index].credit
		feedback = t.question.GetAccepted()[k.acceptedAt[index]].GetFeedback()
	case wrong >= 0 && nearestWrong.kind != matchTypo: // a typo might make it of something else
		feedback = t.question.GetWrong()[k.wrongAt[wrong]].GetFeedback()
	}
	if id := m.forgiven(); id != "" {
		g.Feedback = append(g.Feedback, Message{ID: id, Args: map[string]any{"Expected": m.expected}})
	}
	if told := feedback[to.lang]; told != "" {
		g.Feedback = append(g.Feedback, Message{Text: told})
	}
	fraction := g.Fraction
	g.Parts = []*aulav1.Part{{Fraction: &fraction, Match: m.part(a.GetText())}}
	return g, nil
}

// isSubstance tells letters, digits and signs from what only divides them: without any, a
// text is not an answer, unless it is one that is known.
func isSubstance(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) }

// forgiven is the id of the sentence that tells what was forgiven, "" for nothing. An
// article, a comma or a hyphen is not worth one.
func (m match) forgiven() string {
	switch {
	case m.kind == matchAccent:
		return "text.accent"
	case m.kind == matchTypo:
		return "text.typo"
	case m.divided:
		return "text.spaces"
	}
	return ""
}

var matchKinds = map[matchKind]aulav1.TextMatch_Kind{
	matchExact:       aulav1.TextMatch_EXACT,
	matchPunctuation: aulav1.TextMatch_PUNCTUATION,
	matchAccent:      aulav1.TextMatch_ACCENT,
	matchTypo:        aulav1.TextMatch_TYPO,
	matchNone:        aulav1.TextMatch_KIND_UNSPECIFIED,
}

// part gives a match with its place in the typed text in code points.
func (m match) part(typed string) *aulav1.TextMatch {
	return &aulav1.TextMatch{
		Kind:     matchKinds[m.kind],
		Expected: m.expected,
		Start:    int32(utf8.RuneCountInString(typed[:m.from])),
		End:      int32(utf8.RuneCountInString(typed[:m.to])),
	}
}

func (t text) key(k *aulav1.Key, v view) {
	key, display := t.solution(v)
	k.Kind, k.Display = &aulav1.Key_Text{Text: key}, display
}

// solution lists what earns full credit, patterns with wildcards only where there is
// nothing else.
func (t text) solution(v view) (key *aulav1.TextKey, display string) {
	key = &aulav1.TextKey{}
	var patterns []string
	for _, p := range t.in[v.lang].accepted {
		switch {
		case !fullCredit(p):
		case p.wild:
			patterns = append(patterns, p.raw)
		default:
			key.Accepted = append(key.Accepted, p.raw)
		}
	}
	if len(key.GetAccepted()) == 0 {
		key.Accepted = patterns
	}
	return key, key.GetAccepted()[0]
}
