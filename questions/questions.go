// Package questions knows what a question is and how it is graded. It is pure: it
// reads no files, keeps no state and has no clock. Each kind of question is one small
// type in one file, entered in the table of kinds; this file is the pipeline that does
// what all kinds share.
package questions

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/internal/parallel"
)

// DefaultPoints is what a fully right answer earns where the author says nothing.
const DefaultPoints = 10

// kind is what a kind of question does for itself. A value is one question's kind,
// compiled.
type kind interface {
	// check reports what is wrong with the question as written.
	check(r *report)
	// covers reports whether every text of the kind is written in lang.
	covers(lang string) bool
	// prompt writes into p what the learner sees.
	prompt(p *aulav1.Prompt, v view)
	// grade gives credit, 0 to 1, for an answer of this kind that was given in the view
	// `by`, and words its feedback for the view `to`. It refuses to grade with a *Refusal.
	grade(a *aulav1.Answer, by, to view) (Grade, error)
	// key writes into k what would have been right, and into its display the same as plain
	// text, a line a part.
	key(k *aulav1.Key, v view)
}

// kinds is the table of kinds: for each field of Question.kind the field of Answer that
// answers it and how it is compiled.
var kinds = map[string]struct {
	answer  string
	compile func(*aulav1.Question, Words) kind
}{
	"choice":     {"choice", func(q *aulav1.Question, _ Words) kind { return newChoice(q.GetChoice()) }},
	"numeric":    {"numeric", func(q *aulav1.Question, words Words) kind { return newNumeric(q.GetNumeric(), words) }},
	"text_entry": {"text", func(q *aulav1.Question, words Words) kind { return newText(q.GetTextEntry(), words) }},
	"true_false": {"choice", func(q *aulav1.Question, words Words) kind { return newTrueFalse(q, words) }},
	"cloze":      {"cloze", func(q *aulav1.Question, words Words) kind { return newCloze(q, words) }},
	"order":      {"order", func(q *aulav1.Question, _ Words) kind { return newOrder(q.GetOrder()) }},
	"match":      {"match", func(q *aulav1.Question, _ Words) kind { return newMatch(q.GetMatch()) }},
	"card":       {"card", func(q *aulav1.Question, _ Words) kind { return card{q.GetCard()} }},
}

// Set is a question set, checked and compiled. It is safe for concurrent use.
type Set struct {
	// Source is the set as its author wrote it. It must not be changed.
	Source *aulav1.QuestionSet
	// Expanded is what Expand makes of it. It must not be changed.
	Expanded *aulav1.QuestionSet
	// Questions in the author's order, then those derived from facts.
	Questions []*Question
	// Languages of the set as BCP 47 tags, the one to fall back to first.
	Languages []string

	graded  []*Question // all but cards
	open    []*Question // all but those for exams only
	byID    map[string]*Question
	media   map[string]*aulav1.Media // by id
	matcher language.Matcher
	met     bounded[readerKey, place]
	prompts bounded[encodedKey, []byte]
	keys    bounded[encodedKey, []byte]
}

// Question is one question of a compiled Set.
type Question struct {
	// Source is the question as its author wrote it, with the values of facts written out,
	// or as a fact derives it. It must not be changed.
	Source *aulav1.Question
	// Kind is the name of its field in Question.kind.
	Kind string
	// Points is what a fully right answer earns.
	Points int32
	// Position is where the question stands among those that can be studied, from 0.
	Position int32

	// What takes time is made when it is first asked for: a set may be listed for long
	// before anybody plays it.
	kind      func() kind
	languages func() []string // those it is wholly written in

	certainty bool // learners say how sure they are
	media     []*aulav1.Media
	orders    orders
}

// Play is how an attempt asks.
type Play struct {
	Seed  int64 // of every order it shows
	Exam  bool  // one try a question, those for exams only too, and no cards, which learners rate themselves
	Cards bool  // every question is shown as a card
}

// Words gives the words a language (BCP 47) has for a thing, such as "percent" or
// "articles"; none where it is not known.
type Words func(lang, id string) []string

// Grade is what an answer is worth by itself; Question.Credit says what it earns.
type Grade struct {
	Verdict  aulav1.Outcome_Verdict
	Fraction float64 // 0 to 1
	Feedback []Message
	Parts    []*aulav1.Part
}

// Message is something to tell a learner: a sentence of the locale files by ID, with
// its arguments, or the author's own Text.
type Message struct {
	ID   string
	Args map[string]any
	Text string
}

// Refusal says why an answer cannot be graded as it is.
type Refusal struct {
	// Field at fault, as a path within Answer.
	Field string
	// ID of a sentence in the locale files, and its arguments.
	ID   string
	Args map[string]any
}

func (r *Refusal) Error() string { return "ungradable answer: " + r.ID }

// KindMismatch is returned for an answer of another kind than its question.
type KindMismatch struct {
	Want string // the field of Answer to fill
}

func (e *KindMismatch) Error() string { return "the answer should be of kind " + e.Want }

// Compile expands a set, checks it and makes it ready to be asked and graded. The error
// is a Problems with everything that is wrong.
func Compile(source *aulav1.QuestionSet, words Words) (*Set, error) {
	c := NewChecker(withoutQuestions(source), words)
	s, all := c.set, source.GetQuestions()
	s.Source = source
	checked := make([]Checked, len(all)+len(c.derived))
	duplicate := make([]bool, len(checked))
	ids := make(map[string]bool, len(checked))
	for i, q := range slices.Concat(all, c.derived) {
		duplicate[i] = ids[q.GetId()]
		if _, known := kinds[kindName(q)]; known {
			ids[q.GetId()] = true
		}
	}
	parallel.Each(len(checked), func(i int) {
		if i < len(all) {
			checked[i] = c.Question(i, all[i], duplicate[i])
		} else {
			checked[i] = c.Derived(i-len(all), duplicate[i])
		}
	})
	var problems Problems
	for _, done := range checked {
		problems = append(problems, done.Problems...)
		s.Expanded.Questions = append(s.Expanded.Questions, done.Expanded)
		if q := s.add(done.Expanded, words); q != nil {
			q.languages = alreadyKnown(done.Languages, s.Languages)
		}
	}
	if problems = c.Problems(len(all), problems); len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// Load is Compile of a set that Compile has passed and Expand has written out, as published
// ones are. It takes next to no time, and still takes what a later Aula would not pass.
// The error is a Problems with the questions of a kind that this Aula does not know.
func Load(published *aulav1.QuestionSet, words Words) (*Set, error) {
	var problems Problems
	s := newSet(published, published)
	for i, q := range published.GetQuestions() {
		if s.add(q, words) == nil {
			problems = append(problems, Problem{Path: questionPath(i, q), ID: "check.no_kind"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// newSet makes a set that has no questions yet.
func newSet(source, expanded *aulav1.QuestionSet) *Set {
	s := &Set{
		Source:    source,
		Expanded:  expanded,
		Languages: languagesOf(source),
		byID:      map[string]*Question{},
		media:     make(map[string]*aulav1.Media, len(source.GetMedia())),
	}
	tags := make([]language.Tag, len(s.Languages))
	for i, lang := range s.Languages {
		tags[i] = language.Make(lang)
	}
	s.matcher = language.NewMatcher(tags)
	s.met.size, s.prompts.size, s.keys.size = maxMeetings, maxEncoded, maxEncoded
	for _, m := range source.GetMedia() {
		s.media[m.GetId()] = m
	}
	return s
}

// add compiles a question, with its facts written out, and puts it last. It returns nil
// where the kind of the question is not known.
func (s *Set) add(source *aulav1.Question, words Words) *Question {
	q := s.compile(source, words)
	if q == nil {
		return nil
	}
	s.byID[source.GetId()] = q
	s.Questions = append(s.Questions, q)
	if q.Kind != cardKind {
		s.graded = append(s.graded, q)
	}
	if q.Position = int32(len(s.open)); !source.GetExamOnly() {
		s.open = append(s.open, q)
	}
	return q
}

// compile is add that does not put the question anywhere.
func (s *Set) compile(source *aulav1.Question, words Words) *Question {
	name := kindName(source)
	entry, ok := kinds[name]
	if !ok {
		return nil
	}
	q := &Question{
		Source: source,
		Kind:   name,
		Points: cmp.Or(source.GetPoints(), DefaultPoints),
		kind:   sync.OnceValue(func() kind { return entry.compile(source, words) }),

		certainty: s.Source.GetCertainty(),
	}
	q.languages = sync.OnceValue(func() []string {
		return slices.DeleteFunc(slices.Clone(s.Languages), func(lang string) bool { return !q.covers(lang) })
	})
	for _, id := range source.GetMedia() {
		q.media = append(q.media, s.media[id])
	}
	return q
}

// languagesOf lists the languages of a set, the one to fall back to first.
func languagesOf(s *aulav1.QuestionSet) []string {
	return slices.SortedFunc(maps.Keys(s.GetTitle()), func(a, b string) int {
		switch s.GetLanguage() {
		case a:
			return -1
		case b:
			return 1
		}
		return cmp.Compare(a, b)
	})
}

// kindName is the name of the field of Question.kind that is set, or "".
func kindName(q *aulav1.Question) string {
	m := q.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind"))
	if field == nil {
		return ""
	}
	return string(field.Name())
}

// covers reports whether the question is wholly written in lang.
func (q *Question) covers(lang string) bool {
	if q.Source.GetText()[lang] == "" || !q.kind().covers(lang) {
		return false
	}
	if slices.ContainsFunc(q.Source.GetHints(), func(hint *aulav1.Hint) bool { return hint.GetText()[lang] == "" }) {
		return false
	}
	return len(q.Source.GetExplanation()) == 0 || q.Source.GetExplanation()[lang] != ""
}

// Covers reports whether the question can be asked in lang, one of the set's languages.
func (q *Question) Covers(lang string) bool { return slices.Contains(q.languages(), lang) }

// Question returns the question of that id, or nil.
func (s *Set) Question(id string) *Question { return s.byID[id] }

// Askable returns the questions that an attempt can draw from; those of practice are also
// what can be studied.
func (s *Set) Askable(p Play) []*Question {
	if p.Exam {
		return s.graded
	}
	return s.open
}

// Draw returns the questions that an attempt asks, in order: count of them drawn at
// random, or all where count is 0 or more than there are. The same play always draws the
// same.
func (s *Set) Draw(p Play, count int) []*Question {
	from := s.Askable(p)
	n := len(from)
	if count <= 0 || count > n {
		count = n
	}
	// A Fisher-Yates shuffle stopped after count steps, which notes only what it moved:
	// drawing 10 of 100,000 costs 10 steps.
	source := rand.New(rand.NewPCG(uint64(p.Seed), 0))
	moved := make(map[int]int, count)
	at := func(i int) int {
		if j, ok := moved[i]; ok {
			return j
		}
		return i
	}
	drawn := make([]*Question, count)
	for i := range drawn {
		j := i + source.IntN(n-i)
		drawn[i] = from[at(j)]
		moved[j] = at(i)
	}
	return drawn
}

// Prompt returns what a reader sees of a question.
func (s *Set) Prompt(q *Question, r Reader, play Play) *aulav1.Prompt {
	v, fallback := s.view(q, r, play)
	p := &aulav1.Prompt{
		Question:  q.Source.GetId(),
		Language:  v.lang,
		Fallback:  &fallback,
		Text:      q.Source.GetText()[v.lang],
		Points:    q.Points,
		TimeLimit: q.Source.GetTimeLimit(),
		Tries:     q.tries(play),
		Certainty: q.certainty,
	}
	for _, hint := range q.Hints(play) {
		p.HintCosts = append(p.HintCosts, hint.GetCost())
	}
	for _, m := range q.media {
		p.Media = append(p.Media, &aulav1.MediaReference{
			Uri: m.GetUri(), Digest: m.GetDigest(), ContentType: m.GetContentType(), Alt: m.GetAlt()[v.lang],
		})
	}
	q.as(play).prompt(p, v)
	return p
}

// Shown is the language (BCP 47) in which a reader is shown a question.
func (s *Set) Shown(q *Question, r Reader) string {
	v, _ := s.view(q, r, Play{})
	return v.lang
}

// Language is the one (BCP 47) in which a reader's answer to a question is read: that of
// the prompt, with the reader's region.
func (s *Set) Language(q *Question, r Reader) string {
	v, _ := s.view(q, r, Play{})
	return v.tag.String()
}

// Grade grades an answer that one reader gave and words the feedback for another: they
// differ when someone looks back in another language. It returns a *KindMismatch or a
// *Refusal for an answer that cannot be graded.
func (s *Set) Grade(q *Question, a *aulav1.Answer, by, to Reader, p Play) (Grade, error) {
	want := kinds[q.KindIn(p)].answer
	m := a.ProtoReflect()
	if field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")); field == nil || string(field.Name()) != want {
		return Grade{}, &KindMismatch{Want: want}
	}
	answered, _ := s.view(q, by, p)
	told, _ := s.view(q, to, p)
	g, err := q.as(p).grade(a, answered, told)
	if err != nil {
		return Grade{}, err
	}
	g.Fraction = math.Max(0, math.Min(1, g.Fraction))
	g.Verdict = verdict(g.Fraction)
	return g, nil
}

func verdict(fraction float64) aulav1.Outcome_Verdict {
	switch {
	case fraction >= 1:
		return aulav1.Outcome_CORRECT
	case fraction > 0:
		return aulav1.Outcome_PARTIAL
	}
	return aulav1.Outcome_INCORRECT
}

// Reveal fills in what a learner may know once a question is behind them: the key and
// the explanation, in the reader's language.
func (s *Set) Reveal(q *Question, o *aulav1.Outcome, r Reader, p Play) {
	v, _ := s.view(q, r, p)
	o.Language = v.lang
	o.Explanation = q.Source.GetExplanation()[v.lang]
	key := &aulav1.Key{}
	q.as(p).key(key, v)
	o.Key = key
}
