package questions

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// order asks to put items in order.
//
// There may be several right orders. Items that may change places form a group: each
// right order has the groups one after the other, and the items of a group in any order.
// Items that read the same form a class: they may stand for one another wherever they are.
type order struct {
	question *aulav1.OrderQuestion
	group    []int // of each item, and so of each place
	class    []int // of each item: the first one that reads the same
}

func newOrder(q *aulav1.OrderQuestion) order {
	o := order{question: q}
	group := 0
	for i, item := range q.GetItems() {
		if i > 0 && !item.GetTied() {
			group++
		}
		o.group = append(o.group, group)
		o.class = append(o.class, slices.IndexFunc(q.GetItems(), func(other *aulav1.OrderItem) bool {
			return maps.Equal(other.GetText(), item.GetText())
		}))
	}
	return o
}

func (o order) check(r *report) {
	ids := map[string]bool{}
	items := o.question.GetItems()
	for i, item := range items {
		path := fmt.Sprintf("order.items[%d]", i)
		r.unique(path+".id", item.GetId(), ids)
		r.texts(path+".text", item.GetText())
		if i == 0 && item.GetTied() {
			r.add(path+".tied", "check.order_first_tied", nil)
		}
	}
	if !slices.ContainsFunc(o.group, above0) || !slices.ContainsFunc(o.class, above0) {
		r.add("order.items", "check.order_any", nil)
	}
	for _, lang := range r.languages {
		seen := map[string]int{} // the class of items that read so
		for i, item := range items {
			text := looks(item.GetText()[lang])
			if class, ok := seen[text]; ok && text != "" && class != o.class[i] {
				r.add(fmt.Sprintf("order.items[%d].text", i), "check.order_same_text",
					map[string]any{"Text": item.GetText()[lang], "Language": lang})
			}
			seen[text] = o.class[i]
		}
	}
}

func above0(n int) bool { return n > 0 }

func (o order) covers(lang string) bool {
	return !slices.ContainsFunc(o.question.GetItems(), func(item *aulav1.OrderItem) bool { return item.GetText()[lang] == "" })
}

func (o order) item(i int, lang string) *aulav1.OrderPromptItem {
	item := o.question.GetItems()[i]
	return &aulav1.OrderPromptItem{Id: item.GetId(), Text: item.GetText()[lang]}
}

func (o order) prompt(p *aulav1.Prompt, v view) {
	prompt := &aulav1.OrderPrompt{}
	for _, i := range v.order(len(o.class)) {
		prompt.Items = append(prompt.Items, o.item(i, v.lang))
	}
	p.Kind = &aulav1.Prompt_Order{Order: prompt}
}

func (o order) key(k *aulav1.Key, v view) {
	key := &aulav1.OrderKey{}
	var lines []string
	for i, item := range o.question.GetItems() {
		key.Items = append(key.Items, o.item(i, v.lang))
		lines = append(lines, item.GetText()[v.lang])
	}
	k.Kind, k.Display = &aulav1.Key_Order{Order: key}, strings.Join(lines, "\n")
}

func (o order) grade(a *aulav1.Answer, by, _ view) (Grade, error) {
	ids := a.GetOrder().GetItems()
	answer, refusal := o.read(ids, by)
	if refusal != nil {
		return Grade{}, refusal
	}
	right, earned, total, tally := o.credit(answer)
	g := Grade{Fraction: float64(earned) / float64(total)}
	for i, ok := range right {
		part := &aulav1.Part{Id: ids[i], Fraction: new(float64)}
		if ok {
			*part.Fraction = 1
		}
		g.Parts = append(g.Parts, part)
	}
	if earned < total {
		g.Feedback = []Message{tally}
	}
	return g, nil
}

// credit applies the author's rule: which items are right, what they earn, of how much,
// and how to say it.
func (o order) credit(answer []int) (right []bool, earned, total int, tally Message) {
	n := len(answer)
	switch o.question.GetRule() {
	case aulav1.OrderQuestion_ADJACENT:
		right = o.neighbours(answer)
		earned, total = count(right[1:]), n-1
		return right, earned, total, tallyOf("order.neighbours", earned, total)
	case aulav1.OrderQuestion_RELATIVE:
		right = o.run(answer)
		run := count(right)
		return right, max(0, run-1), n - 1, tallyOf("order.run", run, n)
	default:
		right = o.inPlace(answer)
		earned = count(right)
		return right, earned, n, tallyOf("order.in_place", earned, n)
	}
}

// tallyOf says how many of how many are right.
func tallyOf(id string, right, total int) Message {
	return Message{ID: id, Args: map[string]any{"Right": right, "Total": total}}
}

func count(marks []bool) (n int) {
	for _, mark := range marks {
		if mark {
			n++
		}
	}
	return n
}

// read finds the items of an answer, which must name each of them once.
func (o order) read(ids []string, v view) (answer []int, refusal *Refusal) {
	items := o.question.GetItems()
	named := make([]bool, len(items))
	for i, id := range ids {
		at := slices.IndexFunc(items, func(item *aulav1.OrderItem) bool { return item.GetId() == id })
		if at < 0 {
			return nil, &Refusal{Field: fmt.Sprintf("order.items[%d]", i), ID: "order.no_such_item", Args: map[string]any{
				"Item": id, "Items": o.shownIDs(v, make([]bool, len(items))),
			}}
		}
		if named[at] {
			return nil, &Refusal{Field: fmt.Sprintf("order.items[%d]", i), ID: "order.item_twice", Args: map[string]any{"Item": id}}
		}
		named[at] = true
		answer = append(answer, at)
	}
	if missing := len(items) - len(answer); missing > 0 {
		return nil, &Refusal{Field: "order.items", ID: "order.missing", Args: map[string]any{
			"Count": missing, "Items": o.shownIDs(v, named),
		}}
	}
	return answer, nil
}

// shownIDs lists the ids as shown, but for those that were named.
func (o order) shownIDs(v view, named []bool) string {
	var ids []string
	for _, i := range v.order(len(named)) {
		if !named[i] {
			ids = append(ids, o.question.GetItems()[i].GetId())
		}
	}
	return strings.Join(ids, ", ")
}
