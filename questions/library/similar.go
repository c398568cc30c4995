package library

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/internal/parallel"
)

const (
	similar     = 0.6 // how much of what two questions say must be in common
	comparedOf  = 600 // bytes of a question that are compared
	tooCommon   = 200 // questions that have a trigram which tells none of them apart
	maxCompared = 100 // old questions that a new one is compared with
)

// bySimilarity finds questions that say nearly the same: each must be the other's only best.
// It looks at pairs that share one of their rarest trigrams, which all do that are similar
// (Chaudhuri et al. 2006, A primitive operator for similarity joins), so that it takes time
// in proportion to the questions and not to their pairs.
func (r *recogniser) bySimilarity(ctx context.Context, left []int) {
	var before []int
	for j := range r.old {
		if !r.taken[j] {
			before = append(before, j)
		}
	}
	if len(left) == 0 || len(before) == 0 || ctx.Err() != nil {
		return
	}
	fresh, old := r.grams(ctx, left, r.fresh), r.grams(ctx, before, r.old)
	if ctx.Err() != nil {
		return
	}
	rank(fresh, old)
	holders := map[uint32][]int32{} // of a trigram among the rarest of old questions
	for y, grams := range old {
		for _, gram := range grams.rare {
			holders[gram] = append(holders[gram], int32(y))
		}
	}
	bestOld := make([]best, len(left))
	parallel.Until(ctx, len(left), func(x int) { bestOld[x] = fresh[x].closest(old, holders) })
	if ctx.Err() != nil {
		return
	}
	bestFresh := make([]best, len(before))
	for y := range bestFresh {
		bestFresh[y].at = -1
	}
	for x, b := range bestOld {
		if b.at >= 0 {
			bestFresh[b.at].meet(x, b.likeness)
		}
	}
	for x, b := range bestOld {
		if b.at >= 0 && !b.tied && bestFresh[b.at].at == x && !bestFresh[b.at].tied {
			r.take(left[x], before[b.at], aulav1.QuestionChange_BY_CONTENT)
			r.alike[left[x]] = true
		}
	}
}

// best is the most similar question met so far.
type best struct {
	at       int // -1: none
	likeness float64
	tied     bool // whether another is as similar
}

func (b *best) meet(at int, likeness float64) {
	switch {
	case likeness < similar:
	case b.at < 0 || likeness > b.likeness:
		*b = best{at: at, likeness: likeness}
	case likeness == b.likeness:
		b.tied = true
	}
}

// grams are the trigrams of what a question says, each once, as numbers.
type grams struct {
	kind protoreflect.Name // of the question: only one of the same kind is it
	all  []uint32          // from the least
	rare []uint32          // as many of the rarest as must have one in common with any that is similar
}

// grams gives the trigrams of some questions.
func (r *recogniser) grams(ctx context.Context, some []int, of [][]byte) []grams {
	return say(ctx, some, of, func(wire []byte) grams {
		q := packed.Unpack(wire)
		text := strings.Join(inOrder(q.ProtoReflect(), r.lang), " ")
		return grams{kind: kindOf(q), all: gramsOf(fold(text[:min(len(text), comparedOf)]))}
	})
}

func gramsOf(text string) []uint32 {
	if text == "" {
		return nil
	}
	runes := []rune(" " + text + " ")
	g := make([]uint32, 0, len(runes))
	for i := 0; i+2 < len(runes); i++ {
		// Where two trigrams are the same number, two texts are taken to be a little more alike.
		g = append(g, uint32(runes[i])*0x9e3779b1^uint32(runes[i+1])*0x85ebca6b^uint32(runes[i+2])*0xc2b2ae35)
	}
	slices.Sort(g)
	return slices.Compact(g)
}

// rank finds the rarest trigrams of every question.
func rank(lists ...[]grams) {
	count := map[uint32]int32{}
	for _, list := range lists {
		for _, g := range list {
			for _, gram := range g.all {
				count[gram]++
			}
		}
	}
	for _, list := range lists {
		parallel.Each(len(list), func(i int) {
			g := &list[i]
			g.rare = slices.SortedFunc(slices.Values(g.all), func(a, b uint32) int {
				return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(a, b))
			})
			common := int(math.Ceil(similar * float64(len(g.all))))
			g.rare = g.rare[:min(len(g.rare), len(g.rare)-common+1)]
		})
	}
}

// closest gives the most similar of the old questions that may be it.
func (g grams) closest(old []grams, holders map[uint32][]int32) best {
	b := best{at: -1}
	met := map[int32]bool{}
	for _, gram := range g.rare {
		if len(holders[gram]) > tooCommon {
			break // and so are those that follow
		}
		for _, y := range holders[gram] {
			if met[y] || len(met) >= maxCompared || old[y].kind != g.kind {
				continue
			}
			met[y] = true
			b.meet(int(y), g.likeness(old[y]))
		}
	}
	return b
}

// likeness is the part of two questions' trigrams that they have in common (Jaccard 1901).
func (g grams) likeness(other grams) float64 {
	a, b := g.all, other.all
	if least := min(len(a), len(b)); float64(least) < similar*float64(max(len(a), len(b))) || least == 0 {
		return 0
	}
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both++
			i++
			j++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
