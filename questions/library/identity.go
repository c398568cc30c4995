package library

import (
	"context"
	"strings"
	"sync"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// recogniser finds out which questions of a list, the new ones, are which of another, the
// old ones.
type recogniser struct {
	fresh, old [][]byte
	lang       string // to compare texts in
	found      []int  // for each fresh one its index among the old ones, or -1
	how        []aulav1.QuestionChange_Match
	alike      []bool // for each fresh one, whether it was only found alike
	taken      []bool // of the old ones
}

// recognise finds questions by their id, their key, their name and what they say in lang.
// A question that has an id goes by nothing else, unless others may do.
func recognise(ctx context.Context, fresh, old [][]byte, lang string, others bool) *recogniser {
	r := &recogniser{
		fresh: fresh, old: old, lang: lang,
		found: make([]int, len(fresh)), how: make([]aulav1.QuestionChange_Match, len(fresh)),
		alike: make([]bool, len(fresh)), taken: make([]bool, len(old)),
	}
	for i := range r.found {
		r.found[i] = -1
	}
	if len(old) == 0 {
		return r
	}
	left := r.by(ctx, indexes(len(fresh)), aulav1.QuestionChange_BY_ID, packed.ID)
	if !others {
		left = keep(left, func(i int) bool { return packed.ID(fresh[i]) == "" })
	}
	left = r.by(ctx, left, aulav1.QuestionChange_BY_KEY, func(wire []byte) string { return packed.Unpack(wire).GetKey() })
	left = r.by(ctx, left, aulav1.QuestionChange_BY_NAME, func(wire []byte) string { return fold(packed.Unpack(wire).GetName()) })
	left = r.bySame(ctx, left, r.everything, false)
	left = r.bySame(ctx, left, r.stem, true)
	r.bySimilarity(ctx, left)
	return r
}

// say gives what each of some questions of a list says, or nothing of some once ctx is over.
func say[T any](ctx context.Context, some []int, of [][]byte, what func(wire []byte) T) []T {
	said := make([]T, len(some))
	parallel.Until(ctx, len(some), func(k int) { said[k] = what(of[some[k]]) })
	return said
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
func (r *recogniser) by(ctx context.Context, left []int, how aulav1.QuestionChange_Match, label func(wire []byte) string) []int {
	if len(left) == 0 {
		return nil
	}
	const several = -1
	at := make(map[string]int, len(r.old))
	for j, l := range say(ctx, indexes(len(r.old)), r.old, label) {
		if l != "" {
			if _, there := at[l]; there {
				j = several
			}
			at[l] = j
		}
	}
	times := make(map[string]int, len(left))
	labels := say(ctx, left, r.fresh, label)
	for _, l := range labels {
		times[l]++
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
func (r *recogniser) bySame(ctx context.Context, left []int, what func(wire []byte) string, alike bool) []int {
	if len(left) == 0 {
		return nil
	}
	before := map[string][]int{}
	open := keep(indexes(len(r.old)), func(j int) bool { return !r.taken[j] })
	for k, said := range say(ctx, open, r.old, what) {
		if said != "" {
			before[said] = append(before[said], open[k])
		}
	}
	if len(before) == 0 {
		return left
	}
	said := say(ctx, left, r.fresh, what)
	times := map[string]int{}
	for _, text := range said {
		times[text]++
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
func (r *recogniser) everything(wire []byte) string {
	q := packed.Unpack(wire)
	texts := inOrder(q.ProtoReflect(), r.lang)
	if len(texts) == 0 {
		return ""
	}
	return string(kindOf(q)) + "\x00" + strings.Join(texts, "\x00")
}

// stem is a question's stem, folded, with its kind; "" where it has none.
func (r *recogniser) stem(wire []byte) string {
	q := packed.Unpack(wire)
	folded := fold(q.GetText()[r.lang])
	if folded == "" {
		return ""
	}
	return string(kindOf(q)) + "\x00" + folded
}

// identify gives the questions of the file that are the set's already their ids, and the
// others new ones.
func (l *loading) identify(ctx context.Context) {
	lang := l.first()
	r := recognise(ctx, l.questions, l.old, lang, false)
	names := sync.OnceValue(func() *namer { return newNamer(r.old, r.fresh) })
	for i := range l.entries {
		j, lacking := r.found[i], packed.ID(r.fresh[i]) == ""
		l.entries[i].was, l.entries[i].match = int32(j), r.how[i]
		if r.alike[i] {
			was := packed.Unpack(r.old[j])
			l.note(formats.Note, int(l.entries[i].at), "library.matched_by_content",
				"ID", was.GetId(), "Before", shorten(was.GetText()[lang], 100))
		}
		if !lacking {
			continue
		}
		q := l.question(i)
		if j >= 0 {
			q.Id = packed.ID(r.old[j])
		} else {
			q.Id = names().name(q.GetKey(), q.GetName(), q.GetText()[lang], anyText(q.GetText()))
		}
		l.put(i, q)
	}
}
