package questions

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"golang.org/x/text/language"
)

// Reader is whoever a question is shown to or answered by: the languages they asked for,
// best first, regions and all, since those decide how numbers are written.
type Reader []language.Tag

// view is a question as one reader meets it.
type view struct {
	lang   string       // the content language, one of the question's
	tag    language.Tag // the same with the reader's region, for numbers
	orders uint64       // seed of the orders shown
	id     string       // the question's

	note func(id string, n int) // told of each order asked for; may be nil
}

// place is a language of a set as one reader meets it.
type place struct {
	lang     string
	tag      language.Tag // the same with the reader's region
	fallback bool         // whether they did not ask for it
}

// To match languages takes longer than to grade, and readers ask for the same few, so what
// suits them best is kept: maxMeetings a set, each of up to keptLanguages asked for.
const (
	maxMeetings   = 128
	keptLanguages = 4
)

type readerKey struct {
	tags [keptLanguages]language.Tag
	n    int
}

func (s *Set) meet(r Reader) place {
	if len(r) > keptLanguages {
		return s.match(r)
	}
	key := readerKey{n: len(r)}
	copy(key.tags[:], r)
	return s.met.get(key, func() place { return s.match(r) })
}

func (s *Set) match(r Reader) place {
	_, i, confidence := s.matcher.Match(r...)
	if confidence == language.No {
		i = 0
	}
	return placeOf(s.Languages[i], r)
}

// In returns lang with the region the reader asked for.
func (r Reader) In(lang string) language.Tag { return placeOf(lang, r).tag }

// placeOf takes the region from what was asked: es-EC and es-MX share texts, not separators.
func placeOf(lang string, r Reader) place {
	tag := language.Make(lang)
	i := slices.IndexFunc(r, func(asked language.Tag) bool { return sameBase(asked, tag) })
	if i < 0 {
		return place{lang, tag, true}
	}
	return place{lang, r[i], false}
}

func sameBase(a, b language.Tag) bool {
	x, _ := a.Base()
	y, _ := b.Base()
	return x == y
}

// Match chooses among the set's languages for someone who asked for those given, best
// first. It reports whether the choice is a fallback: a language not asked for.
func (s *Set) Match(asked Reader) (lang string, fallback bool) {
	best := s.meet(asked)
	return best.lang, best.fallback
}

// view chooses the language in which a reader meets a question: the set's best match
// where the question is written in it, else another that was asked for, else the set's own.
func (s *Set) view(q *Question, r Reader, p Play) (v view, fallback bool) {
	in := s.meet(r)
	if !q.Covers(in.lang) {
		in = q.closest(r)
	}
	return view{lang: in.lang, tag: in.tag, orders: uint64(p.Seed), id: q.Source.GetId()}, in.fallback
}

func (q *Question) closest(r Reader) place {
	for _, asked := range r {
		for _, lang := range q.languages() {
			if sameBase(asked, language.Make(lang)) {
				return placeOf(lang, r)
			}
		}
	}
	return placeOf(q.languages()[0], r)
}

// order returns a permutation of n things that is the same whenever the same attempt
// meets the same question.
func (v view) order(n int) []int {
	if v.note != nil {
		v.note(v.id, n)
	}
	h := fnv.New64a()
	h.Write([]byte(v.id))
	return rand.New(rand.NewPCG(v.orders, h.Sum64())).Perm(n)
}
