package library

import (
	"context"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// recogniser finds out which questions of a list, the new ones, are which of another, the
// old ones.
type recogniser struct {
	fresh, old []*aulav1.Question
	lang       string // to compare texts in
	found      []int  // for each fresh one its index among the old ones, or -1
	how        []aulav1.QuestionChange_Match
	alike      []bool // for each fresh one, whether it was only found alike
	taken      []bool // of the old ones
}

// recognise finds questions by their id, their key, their name and what they say in lang.
// A question that has an id goes by nothing else, unless others may do.
func recognise(ctx context.Context, fresh, old []*aulav1.Question, lang string, others bool) *recogniser {
	r := &recogniser{
		fresh: fresh, old: old, lang: lang,
		found: make([]int, len(fresh)), how: make([]aulav1.QuestionChange_Match, len(fresh)),
		alike: make([]bool, len(fresh)), taken: make([]bool, len(old)),
	}
	left := indexes(len(fresh))
	for i := range r.found {
		r.found[i] = -1
	}
	left = r.by(left, aulav1.QuestionChange_BY_ID, (*aulav1.Question).GetId)
	if !others {
		left = keep(left, func(i int) bool { return fresh[i].GetId() == "" })
	}
	left = r.by(left, aulav1.QuestionChange_BY_KEY, (*aulav1.Question).GetKey)
	left = r.by(left, aulav1.QuestionChange_BY_NAME, func(q *aulav1.Question) string { return fold(q.GetName()) })
	left = r.bySame(left, r.everything, false)
	left = r.bySame(left, r.stem, true)
	r.bySimilarity(ctx, left)
	return r
}

func keep(list []int, wanted func(i int) bool) []int {
	var kept []int
	for _, i := range list {
		if wanted(i) {
			kept = append(kept, i)
		}
	}
	return kept
}

// take notes that a question was found.
func (r *recogniser) take(i, j int, how aulav1.QuestionChange_Match) {
	r.found[i], r.how[i], r.taken[j] = j, how, true
}

// by finds questions by a label that only one question has on either side, and gives those
// that it has not found.
func (r *recogniser) by(left []int, how aulav1.QuestionChange_Match, label func(*aulav1.Question) string) []int {
	if len(left) == 0 {
		return nil
	}
	const several = -1
	at := make(map[string]int, len(r.old))
	for j, q := range r.old {
		if l := label(q); l != "" {
			if _, there := at[l]; there {
				j = several
			}
			at[l] = j
		}
	}
	times := make(map[string]int, len(left))
	labels := make([]string, len(left))
	for k, i := range left {
		labels[k] = label(r.fresh[i])
		times[labels[k]]++
	}
	var rest []int
	for k, i := range left {
		j, there := at[labels[k]]
		if there && j != several && !r.taken[j] && (times[labels[k]] == 1 || how == aulav1.QuestionChange_BY_ID) {
			r.take(i, j, how)
		} else {
			rest = append(rest, i)
		}
	}
	return rest
}

// bySame finds questions that say the same: the first that does with the first. alike: they
// may differ in the rest, so that there must be one only.
func (r *recogniser) bySame(left []int, say func(*aulav1.Question) string, alike bool) []int {
	if len(left) == 0 {
		return nil
	}
	before := map[string][]int{}
	for j, q := range r.old {
		if !r.taken[j] {
			if said := say(q); said != "" {
				before[said] = append(before[said], j)
			}
		}
	}
	if len(before) == 0 {
		return left
	}
	said := make([]string, len(left))
	times := map[string]int{}
	for k, i := range left {
		said[k] = say(r.fresh[i])
		times[said[k]]++
	}
	var rest []int
	for k, i := range left {
		there := before[said[k]]
		if len(there) == 0 || alike && times[said[k]] > 1 || alike && len(there) > 1 {
			rest = append(rest, i)
			continue
		}
		before[said[k]] = there[1:]
		r.take(i, there[0], aulav1.QuestionChange_BY_CONTENT)
		r.alike[i] = alike
	}
	return rest
}

// everything is all that a question says, with its kind; "" where that is nothing.
func (r *recogniser) everything(q *aulav1.Question) string {
	texts := inOrder(q.ProtoReflect(), r.lang)
	if len(texts) == 0 {
		return ""
	}
	return string(kindOf(q)) + "\x00" + strings.Join(texts, "\x00")
}

// stem is a question's stem, folded, with its kind; "" where it has none.
func (r *recogniser) stem(q *aulav1.Question) string {
	folded := fold(q.GetText()[r.lang])
	if folded == "" {
		return ""
	}
	return string(kindOf(q)) + "\x00" + folded
}

// identify gives the questions of the file that are the set's already their ids, and the
// others new ones.
func (l *loading) identify(ctx context.Context) {
	lang := ""
	if len(l.in) > 0 {
		lang = l.in[0]
	}
	r := recognise(ctx, l.set.GetQuestions(), l.current.GetQuestions(), lang, false)
	names := newNamer(len(r.fresh) + len(r.old))
	for _, q := range r.old {
		names.used[q.GetId()] = true
	}
	for _, q := range r.fresh {
		names.used[q.GetId()] = true
	}
	for i, q := range r.fresh {
		if j := r.found[i]; j >= 0 {
			l.entries[i].was, l.entries[i].match = r.old[j], r.how[i]
			if q.GetId() == "" {
				l.own(i).Id = r.old[j].GetId()
			}
			if r.alike[i] {
				l.note(formats.Note, l.entries[i].at, "library.matched_by_content",
					"ID", r.old[j].GetId(), "Before", shorten(r.old[j].GetText()[lang], 100))
			}
			continue
		}
		if q.GetId() == "" {
			l.own(i).Id = names.name(q.GetKey(), q.GetName(), q.GetText()[lang], anyText(q.GetText()))
		}
	}
}
