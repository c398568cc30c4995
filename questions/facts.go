package questions

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/internal/parallel"
)

// placeholder stands for a fact's value in texts.
const placeholder = "{value}"

// Expand writes out what a set says by its facts: {value} in the facts' statements and in
// the texts of the questions that name them, and the questions that facts ask for, behind
// the written ones in the facts' order. A text whose language cannot write the value is
// left out. The result holds no {value} and asks for nothing more, so that expanding it
// again changes nothing. It shares with the source the questions that it leaves as they
// are: neither must be changed. Problems are what is wrong with the facts and with
// the markup of texts; without any the result still has to pass Compile.
//
// The same set and words always give the same.
func Expand(source *aulav1.QuestionSet, words Words) (*aulav1.QuestionSet, Problems) {
	e := expand(source, words)
	return e.set, e.problems
}

// fact is a fact of the set being expanded.
type fact struct {
	*aulav1.Fact // as written
	path         string
	value        alternative       // without text where the fact has no value
	told         map[string]string // the statement with the value
}

// expander expands one set.
type expander struct {
	report
	set     *aulav1.QuestionSet
	paths   []string // of the set's questions, for problems
	words   Words
	facts   map[string]*fact
	ordered []*fact
	byType  map[string][]*fact // facts with a value, in order
}

func expand(source *aulav1.QuestionSet, words Words) *expander {
	e := newExpander(withoutQuestions(source), words)
	e.writeAll(source.GetQuestions())
	e.deriveAll()
	return e
}

// newExpander makes ready to expand a set whose head, all but its questions, is this.
func newExpander(head *aulav1.QuestionSet, words Words) *expander {
	e := &expander{
		report: report{languages: languagesOf(head)},
		set:    proto.CloneOf(head),
		words:  words,
		facts:  make(map[string]*fact, len(head.GetFacts())),
		byType: map[string][]*fact{},
	}
	e.ordered = make([]*fact, len(head.GetFacts()))
	for i := range head.GetFacts() {
		e.ordered[i] = e.fact(i, head.GetFacts()[i])
		e.facts[e.ordered[i].GetId()] = e.ordered[i]
	}
	return e
}

// deriveAll appends the questions that the facts ask for.
func (e *expander) deriveAll() {
	for _, f := range e.ordered {
		e.path = f.path
		e.derive(f)
	}
	e.path = ""
}

// withoutQuestions is the rest of a set, shared with it.
func withoutQuestions(source *aulav1.QuestionSet) *aulav1.QuestionSet {
	rest := &aulav1.QuestionSet{}
	source.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Name() != "questions" {
			rest.ProtoReflect().Set(field, value)
		}
		return true
	})
	return rest
}

// writeAll takes the questions into the set, with the values of their facts.
func (e *expander) writeAll(all []*aulav1.Question) {
	e.set.Questions = make([]*aulav1.Question, len(all))
	e.paths = make([]string, len(all))
	problems := make([]Problems, len(all))
	parallel.Each(len(all), func(i int) {
		e.paths[i] = questionPath(i, all[i])
		e.set.Questions[i], problems[i] = e.writeOne(e.paths[i], all[i])
	})
	e.problems = slices.Concat(append([]Problems{e.problems}, problems...)...)
}

// writeOne gives the question at path with the value of its fact: itself where it stays as
// it is.
func (e *expander) writeOne(path string, q *aulav1.Question) (*aulav1.Question, Problems) {
	holds, marked := scan(q.ProtoReflect())
	if !holds && !marked {
		return q, nil
	}
	if holds {
		q = proto.CloneOf(q)
	}
	r := report{path: path}
	r.write(q.ProtoReflect(), e.facts[q.GetFact()], q.GetFact() != "")
	return q, r.problems
}

// scan reports whether a text in m holds {value}, and whether one may hold raw HTML. Most
// hold neither, and need not be looked at again.
func scan(m protoreflect.Message) (holds, marked bool) {
	eachTextIn(m, func(text string) {
		if strings.IndexByte(text, '<') >= 0 {
			marked = true
		}
		if strings.IndexByte(text, '{') >= 0 && strings.Contains(text, placeholder) {
			holds = true
		}
	})
	return holds, marked
}

// fact checks fact i and writes out its statement.
func (e *expander) fact(i int, source *aulav1.Fact) *fact {
	f := &fact{Fact: source, path: factPath(i, source)}
	e.path = f.path
	e.texts("question", f.GetQuestion())
	if f.GetDate() != "" {
		if _, ok := parseDay(f.GetDate()); !ok {
			e.add("date", "check.no_such_day", map[string]any{"Day": f.GetDate()})
		}
	}
	if f.GetValue() != nil {
		f.value = e.alternative(f.GetValue())
		e.byType[typeOf(f.GetValue())] = append(e.byType[typeOf(f.GetValue())], f)
		e.checkValues(f)
	} else if len(f.GetAsk()) > 0 {
		e.add("ask", "check.ask_without_value", nil)
	}
	clone := e.set.GetFacts()[i]
	clone.Ask = nil
	e.write(clone.ProtoReflect(), f, true)
	f.told = clone.GetStatement()
	return f
}

// checkValues checks the value of a fact and those the author has put beside it.
func (e *expander) checkValues(f *fact) {
	e.checkValue("value", f.GetValue())
	if len(e.languages) > 0 && f.value.text[e.languages[0]] == "" {
		e.add("value", "check.value_unwritten", map[string]any{"Language": e.languages[0]})
	}
	for i, other := range f.GetOthers() {
		path := fmt.Sprintf("others[%d]", i)
		e.checkValue(path, other)
		if typeOf(other) != typeOf(f.GetValue()) {
			e.add(path, "check.other_type", map[string]any{"Type": typeOf(other), "Wanted": typeOf(f.GetValue())})
		} else if a := e.alternative(other); a.like(&f.value) {
			e.add(path, "check.other_is_right", nil)
		}
	}
}

func (e *expander) checkValue(path string, v *aulav1.FactValue) {
	if d, ok := dayOf(v); !ok && (v.GetMonthDay() != nil || v.GetDate() != "") {
		text := v.GetDate()
		if v.GetMonthDay() != nil {
			text = fmt.Sprintf("%02d-%02d", d.month, d.day)
		}
		e.add(path, "check.no_such_day", map[string]any{"Day": text})
	}
	e.texts(path, v.GetNumber().GetUnit())
	e.texts(path, nameOf(v).GetText())
	for _, also := range nameOf(v).GetAlso() {
		e.texts(path+".also", also.GetText())
	}
}

// written is the value of the fact; f may be nil.
func (f *fact) written() *aulav1.FactValue {
	if f == nil {
		return nil
	}
	return f.GetValue()
}

// write puts the value of f in place of {value} in every text of m, and checks their
// markup. f is nil where the question names no fact, or one that does not exist.
func (r *report) write(m protoreflect.Message, f *fact, named bool) {
	eachText(m, "", func(path string, field protoreflect.FieldDescriptor, texts protoreflect.Map) {
		written := textsOf(texts)
		holds := false
		for lang, text := range written {
			if !strings.Contains(text, placeholder) {
				continue
			}
			holds = true
			if f.written() == nil { // a problem, told below or by check
				continue
			}
			if f.value.text[lang] == "" {
				texts.Clear(protoreflect.ValueOfString(lang).MapKey())
				delete(written, lang)
				continue
			}
			written[lang] = strings.ReplaceAll(text, placeholder, f.value.text[lang])
			texts.Set(protoreflect.ValueOfString(lang).MapKey(), protoreflect.ValueOfString(written[lang]))
		}
		switch {
		case holds && !named:
			r.add(path, "check.value_without_fact", nil)
		case holds && f != nil && f.GetValue() == nil:
			r.add(path, "check.value_without_value", map[string]any{"Fact": f.GetId()})
		}
		if !plainTexts[field.FullName()] {
			r.markup(path, written)
		}
	})
}

// hasGap reports whether the statement says where the value belongs in lang.
func (f *fact) hasGap(lang string) bool { return strings.Contains(f.GetStatement()[lang], placeholder) }

// checkGaps reports statements that questions are to be made of and that do not say where
// the value belongs.
func (e *expander) checkGaps(f *fact) {
	ofStatement := slices.ContainsFunc(f.GetAsk(), func(ask aulav1.Fact_Ask) bool {
		return ask == aulav1.Fact_TRUE_FALSE || ask == aulav1.Fact_CLOZE
	})
	for _, lang := range e.languages {
		if f.GetStatement()[lang] != "" && !f.hasGap(lang) && (ofStatement || f.GetQuestion()[lang] == "") {
			e.add("statement", "check.statement_without_value", map[string]any{"Language": lang})
		}
	}
}
