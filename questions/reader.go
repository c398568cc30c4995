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
}

// place is a language of a set as one reader meets it.
type place struct {
	lang     string
	tag      language.Tag // the same with the reader's region
	fallback bool         // whether they did not ask for it
}

// meeting is how a reader meets a set: in the language that suits them best, and in the
// set's own, for questions that are not written in the former.
type meeting struct{ best, own place }

// To match languages takes longer than to grade, and readers ask for the same few, so
// meetings are kept: maxMeetings a set, each of up to keptLanguages asked for.
const (
	maxMeetings   = 128
	keptLanguages = 4
)

type readerKey struct {
	tags [keptLanguages]language.Tag
	n    int
}

func (s *Set) meet(r Reader) meeting {
	if len(r) > keptLanguages {
		return s.newMeeting(r)
	}
	key := readerKey{n: len(r)}
	copy(key.tags[:], r)
	return s.met.get(key, func() meeting { return s.newMeeting(r) })
}

func (s *Set) newMeeting(r Reader) meeting {
	_, i, confidence := s.matcher.Match(r...)
	if confidence == language.No {
		i = 0
	}
	return meeting{best: placeOf(s.Languages[i], r), own: placeOf(s.Languages[0], r)}
}

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
	best := s.meet(asked).best
	return best.lang, best.fallback
}

// view chooses the language in which a reader meets a question: the set's best match
// where the question is written in it, else the set's own.
func (s *Set) view(q *Question, r Reader, p Play) (v view, fallback bool) {
	m := s.meet(r)
	in := m.best
	if !q.Covers(in.lang) {
		in = m.own
	}
	return view{lang: in.lang, tag: in.tag, orders: uint64(p.Seed), id: q.Source.GetId()}, in.fallback
}

// order returns a permutation of n things that is the same whenever the same attempt
// meets the same question.
func (v view) order(n int) []int {
	h := fnv.New64a()
	h.Write([]byte(v.id))
	return rand.New(rand.NewPCG(v.orders, h.Sum64())).Perm(n)
}
