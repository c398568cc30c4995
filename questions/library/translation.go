package library

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// translation puts the texts of one language from one message into another.
type translation struct {
	lang     string
	replace  bool
	question bool // in a question nothing is said in one language only
	kept     int  // texts that were there before, differ, and stay
	extra    int  // texts that are a translation of nothing
}

// put puts the texts of from into to, its counterpart. What has no counterpart is added
// where a language may have more than others, such as answers that are accepted.
func (t *translation) put(to, from protoreflect.Message) {
	from.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			t.putText(to, field, value.Map())
		case field.Message() == nil:
		case field.IsList():
			t.putList(to, field, value.List())
		case to.Has(field):
			t.put(to.Get(field).Message(), value.Message())
		}
		return true
	})
}

func (t *translation) putText(to protoreflect.Message, field protoreflect.FieldDescriptor, from protoreflect.Map) {
	text := from.Get(key(t.lang))
	if !text.IsValid() {
		return
	}
	there := to.Get(field).Map().Get(key(t.lang))
	switch {
	case t.question && to.Get(field).Map().Len() == 0:
		t.extra++
		return
	case there.IsValid() && there.String() != text.String() && !t.replace:
		t.kept++
		return
	}
	to.Mutable(field).Map().Set(key(t.lang), text)
}

func (t *translation) putList(to protoreflect.Message, field protoreflect.FieldDescriptor, from protoreflect.List) {
	list := to.Get(field).List()
	if answers[field.FullName()] {
		t.putAnswers(to, field, from)
		return
	}
	p := pairUp(list, from, nil)
	if t.question {
		p = pairParts(list, from)
	}
	for _, pair := range p.pairs {
		t.put(list.Get(pair[0]).Message(), from.Get(pair[1]).Message())
	}
	if t.question {
		t.extra += len(p.right)
	}
}

// pairParts pairs parts of questions by their ids, where the file has those of the set, else
// by their order.
func pairParts(list, from protoreflect.List) pairing {
	p := pairUp(list, from, nil)
	if len(p.right) > 0 && list.Len() == from.Len() {
		p = pairing{left: indexes(list.Len()), right: indexes(from.Len())}
		p.byOrder()
	}
	return p
}

// answers are the lists of which each language may have more or fewer than others.
var answers = map[protoreflect.FullName]bool{
	"aula.v1.TextQuestion.accepted": true,
	"aula.v1.TextQuestion.wrong":    true,
	"aula.v1.FactName.also":         true,
}

// putAnswers puts the answers of one language beside those of the others. Where the language
// has some already they stay or go together.
func (t *translation) putAnswers(to protoreflect.Message, field protoreflect.FieldDescriptor, from protoreflect.List) {
	fresh := t.only(from)
	if len(fresh) == 0 {
		return
	}
	list := to.Mutable(field).List()
	if there := t.only(list); len(there) > 0 {
		same := slices.EqualFunc(there, fresh, func(a, b protoreflect.Message) bool { return proto.Equal(a.Interface(), b.Interface()) })
		if same {
			return
		}
		if !t.replace {
			t.kept++
			return
		}
		t.clear(list)
	}
	next := 0
	for _, answer := range fresh {
		for next < list.Len() && !t.takes(list.Get(next).Message(), answer) {
			next++
		}
		if next == list.Len() {
			list.Append(protoreflect.ValueOfMessage(answer))
		} else {
			t.put(list.Get(next).Message(), answer)
		}
		next++
	}
}

// takes reports whether an answer of the set can be said with the words of another: both
// earn the same.
func (t *translation) takes(there, answer protoreflect.Message) bool {
	fraction := answer.Descriptor().Fields().ByName("fraction")
	return fraction == nil || there.Has(fraction) == answer.Has(fraction) && there.Get(fraction).Float() == answer.Get(fraction).Float()
}

// only gives copies of the answers in the language, with nothing in others.
func (t *translation) only(list protoreflect.List) []protoreflect.Message {
	var found []protoreflect.Message
	for i := range list.Len() {
		if !written(list.Get(i).Message(), t.lang) {
			continue
		}
		answer := proto.Clone(list.Get(i).Message().Interface()).ProtoReflect()
		eachText(answer, func(texts protoreflect.Map) { keepOnly(texts, []string{t.lang}) })
		found = append(found, answer)
	}
	return found
}

// clear takes the language out of a list of answers, and those that then say nothing.
func (t *translation) clear(list protoreflect.List) {
	n := 0
	for i := range list.Len() {
		answer := list.Get(i)
		eachText(answer.Message(), func(texts protoreflect.Map) { texts.Clear(key(t.lang)) })
		if eachField(answer.Message(), func(texts protoreflect.Map) bool { return texts.Len() == 0 }) {
			continue
		}
		list.Set(n, answer)
		n++
	}
	list.Truncate(n)
}

// differ tells how a question differs from the one that it is to be a version of in a way
// that no language can: the id of a sentence and its arguments, or "".
func differ(q, was *aulav1.Question) (id string, args []any) {
	if kindOf(q) != kindOf(was) {
		return "library.translation_kind", []any{"Kind", formats.Kind(q), "Wanted", formats.Kind(was)}
	}
	counts := func(what string, n, wanted int) (string, []any) {
		if n == wanted {
			return "", nil
		}
		return "library.translation_" + what, []any{"Count", n, "Wanted", wanted}
	}
	switch {
	case q.GetChoice() != nil:
		return differChoice(q.GetChoice(), was.GetChoice())
	case q.GetTrueFalse() != nil && q.GetTrueFalse().GetCorrect() != was.GetTrueFalse().GetCorrect():
		return "library.translation_key", nil
	case q.GetOrder() != nil:
		return counts("items", len(q.GetOrder().GetItems()), len(was.GetOrder().GetItems()))
	case q.GetMatch() != nil:
		if id, args = counts("pairs", len(q.GetMatch().GetPairs()), len(was.GetMatch().GetPairs())); id != "" {
			return id, args
		}
		return counts("distractors", len(q.GetMatch().GetDistractors()), len(was.GetMatch().GetDistractors()))
	case q.GetCloze() != nil:
		return differCloze(q.GetCloze(), was.GetCloze())
	}
	return "", nil
}

func differCloze(q, was *aulav1.ClozeQuestion) (id string, args []any) {
	if n, wanted := len(q.GetBlanks()), len(was.GetBlanks()); n != wanted {
		return "library.translation_blanks", []any{"Count", n, "Wanted", wanted}
	}
	for _, pair := range blankPairs(q, was) {
		kind := func(b *aulav1.Blank) protoreflect.FieldDescriptor {
			return b.ProtoReflect().WhichOneof(b.ProtoReflect().Descriptor().Oneofs().ByName("kind"))
		}
		if kind(pair[0]) != kind(pair[1]) {
			return "library.translation_blank_kind", []any{"Blank", pair[1].GetId()}
		}
		if pair[0].GetChoice() != nil {
			if id, args := differChoice(pair[0].GetChoice(), pair[1].GetChoice()); id != "" {
				return id, args
			}
		}
	}
	return "", nil
}

// differChoice sees to it that the same options are right: those that have the same id or,
// where the file has other ids, the same place.
func differChoice(q, was *aulav1.ChoiceQuestion) (id string, args []any) {
	if n, wanted := len(q.GetOptions()), len(was.GetOptions()); n != wanted {
		return "library.translation_options", []any{"Count", n, "Wanted", wanted}
	}
	field := q.ProtoReflect().Descriptor().Fields().ByName("options")
	for _, pair := range pairParts(was.ProtoReflect().Get(field).List(), q.ProtoReflect().Get(field).List()).pairs {
		if was.GetOptions()[pair[0]].GetCorrect() != q.GetOptions()[pair[1]].GetCorrect() {
			return "library.translation_key", nil
		}
	}
	return "", nil
}

// blankPairs pairs the blanks of a question with those of the one it is a version of.
func blankPairs(q, was *aulav1.ClozeQuestion) [][2]*aulav1.Blank {
	field := q.ProtoReflect().Descriptor().Fields().ByName("blanks")
	var pairs [][2]*aulav1.Blank
	for _, pair := range pairParts(was.ProtoReflect().Get(field).List(), q.ProtoReflect().Get(field).List()).pairs {
		pairs = append(pairs, [2]*aulav1.Blank{q.GetBlanks()[pair[1]], was.GetBlanks()[pair[0]]})
	}
	return pairs
}

// renameBlanks calls the blanks in the stem what the set calls them.
func renameBlanks(q, was *aulav1.Question, lang string) {
	if q.GetCloze() == nil || was.GetCloze() == nil || q.GetText()[lang] == "" {
		return
	}
	var names []string
	for _, pair := range blankPairs(q.GetCloze(), was.GetCloze()) {
		names = append(names, "[["+pair[0].GetId()+"]]", "[["+pair[1].GetId()+"]]")
	}
	q.Text[lang] = strings.NewReplacer(names...).Replace(q.GetText()[lang])
}

var blanks = regexp.MustCompile(`\[\[[^\]]*\]\]`)

var numbers = regexp.MustCompile(`\d+([.,'’\x{a0}\x{202f} ]\d{3})*([.,]\d+)?`)

// numbersIn gives the digits of every number in a text, in order of size, whatever separates
// their thousands and decimals.
func numbersIn(text string) []string {
	found := numbers.FindAllString(blanks.ReplaceAllString(text, ""), -1)
	for i, n := range found {
		found[i] = strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, n)
	}
	slices.Sort(found)
	return found
}

// compareNumbers warns where the key or the stem of a version has other numbers.
func (l *loading) compareNumbers(at int, q, was *aulav1.Question, lang string) {
	if !sameNumbers(q.GetNumeric(), was.GetNumeric()) {
		l.note(formats.Warning, at, "library.translation_value", "ID", was.GetId())
	}
	if q.GetCloze() != nil {
		for _, pair := range blankPairs(q.GetCloze(), was.GetCloze()) {
			if !sameNumbers(pair[0].GetNumeric(), pair[1].GetNumeric()) {
				l.note(formats.Warning, at, "library.translation_value", "ID", was.GetId())
			}
		}
	}
	mine, theirs := numbersIn(q.GetText()[lang]), numbersIn(was.GetText()[l.current.GetLanguage()])
	if q.GetText()[lang] != "" && !slices.Equal(mine, theirs) {
		l.note(formats.Warning, at, "library.translation_numbers", "ID", was.GetId(),
			"Language", lang, "Numbers", strings.Join(mine, ", "), "Before", strings.Join(theirs, ", "))
	}
}

func sameNumbers(a, b *aulav1.NumericQuestion) bool {
	return a.GetValue() == b.GetValue() && proto.Equal(a.GetRange(), b.GetRange())
}
