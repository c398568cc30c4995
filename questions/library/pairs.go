package library

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// pairing tells which elements of two lists are the same, by their indexes, and which of
// either list have no counterpart.
type pairing struct {
	pairs       [][2]int
	left, right []int
}

// pairUp pairs the elements of two lists of messages: by their ids where they have them;
// else by what they say in langs, the first that both are written in, and those that are
// left by their order if there are as many on both sides.
func pairUp(a, b protoreflect.List, langs []string) pairing {
	p := pairing{left: indexes(a.Len()), right: indexes(b.Len())}
	if a.Len() == 0 || b.Len() == 0 {
		return p
	}
	if labelOf(a.Get(0).Message()) != "" || labelOf(b.Get(0).Message()) != "" {
		p.by(func(i int) string { return labelOf(a.Get(i).Message()) }, func(j int) string { return labelOf(b.Get(j).Message()) })
		return p
	}
	for _, lang := range langs {
		p.by(func(i int) string { return sayOf(a.Get(i).Message(), lang) }, func(j int) string { return sayOf(b.Get(j).Message(), lang) })
	}
	var foreign []int // is in other languages only, and no counterpart of anything in these
	if len(langs) > 0 {
		p.right = slices.DeleteFunc(p.right, func(j int) bool {
			other := isForeign(b.Get(j).Message(), langs)
			if other {
				foreign = append(foreign, j)
			}
			return other
		})
	}
	if len(p.left) == len(p.right) || len(langs) == 0 {
		p.byOrder()
	}
	p.right = append(p.right, foreign...)
	slices.Sort(p.right)
	return p
}

// isForeign reports whether m has texts, but none in some languages.
func isForeign(m protoreflect.Message, langs []string) bool {
	some := false
	eachText(m, func(protoreflect.Map) { some = true })
	return some && !written(m, langs...)
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// by pairs what has no counterpart yet and the same label, which is not empty.
func (p *pairing) by(left, right func(i int) string) {
	at := make(map[string][]int, len(p.right))
	for _, j := range p.right {
		if label := right(j); label != "" {
			at[label] = append(at[label], j)
		}
	}
	taken := map[int]bool{}
	p.left = slices.DeleteFunc(p.left, func(i int) bool {
		label := left(i)
		if label == "" || len(at[label]) == 0 {
			return false
		}
		j := at[label][0]
		at[label] = at[label][1:]
		taken[j] = true
		p.pairs = append(p.pairs, [2]int{i, j})
		return true
	})
	p.right = slices.DeleteFunc(p.right, func(j int) bool { return taken[j] })
}

// byOrder pairs what is left, first with first.
func (p *pairing) byOrder() {
	n := min(len(p.left), len(p.right))
	for k := range n {
		p.pairs = append(p.pairs, [2]int{p.left[k], p.right[k]})
	}
	p.left, p.right = p.left[n:], p.right[n:]
}

// labelOf is the id of an element: its own or, of a pair, that of its left side.
func labelOf(m protoreflect.Message) string {
	fields := m.Descriptor().Fields()
	if id := fields.ByName("id"); id != nil && id.Kind() == protoreflect.StringKind {
		return m.Get(id).String()
	}
	if left := fields.ByName("left"); left != nil && left.Message() != nil {
		return labelOf(m.Get(left).Message())
	}
	return ""
}

// sayOf is what an element without an id says in lang, or the number it stands for.
func sayOf(m protoreflect.Message, lang string) string {
	fields := m.Descriptor().Fields()
	if text := fields.ByName("text"); text != nil && text.IsMap() {
		if said := m.Get(text).Map().Get(key(lang)); said.IsValid() {
			return said.String()
		}
		return ""
	}
	if value := fields.ByName("value"); value != nil && value.Kind() == protoreflect.DoubleKind {
		return m.Get(value).String()
	}
	return ""
}
