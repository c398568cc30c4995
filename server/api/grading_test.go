package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// update makes the expected parts of testdata/grading what the code does now:
// go test ./server/api -run Grading -update
var update = flag.Bool("update", false, "rewrite what the golden files expect")

// answerForms says where in an Answer stands what a case calls the answer, by the kind of
// the question.
var answerForms = map[string]string{
	"choice":     `{"choice": {"options": %s}}`,
	"numeric":    `{"numeric": {"text": %s}}`,
	"text_entry": `{"text": {"text": %s}}`,
	"true_false": `{"choice": {"options": %s}}`,
	"cloze":      `{"cloze": {"blanks": %s}}`,
	"order":      `{"order": {"items": %s}}`,
	"match":      `{"match": {"pairs": %s}}`,
	"card":       `{"card": {"rating": %s}}`,
}

// blankForms says the same of the blanks of a cloze. A blank that is not there or is given
// in braces is sent as it is.
var blankForms = map[string]string{
	"choice":     `{"choice": {"options": %s}}`,
	"numeric":    `{"numeric": {"text": %s}}`,
	"text_entry": `{"text": {"text": %s}}`,
}

// gradingCase is an answer and what becomes of it: a grade, or a refusal to grade.
type gradingCase struct {
	Why      string          // the case is here
	Question string          // its id
	Language string          // in which it is read and answered
	Answer   json.RawMessage // a text, the ids of options or items, or either by blank or item

	Earns    *earned
	Parts    map[string]float64 // what each blank or item earns, to four decimal places
	Feedback map[string]string  // by the language it is told in
	Refused  string             // why, in the language of the answer
}

type earned struct {
	Verdict  string
	Fraction float64 // to four decimal places
	Points   int32
}

// Every answer in testdata/grading earns what the file says and is told what it says.
func TestGrading(t *testing.T) {
	files, err := filepath.Glob("testdata/grading/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("golden files: %v, %v", files, err)
	}
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".yaml")
		set, cases := readGrading(t, file, bundle)
		for i := range cases {
			t.Run(fmt.Sprintf("%s/%s/%s/%s", kind, cases[i].Question, cases[i].Language, cases[i].Answer), func(t *testing.T) {
				want := cases[i]
				cases[i] = gradeCase(t, kind, set, bundle, want)
				if !*update && !reflect.DeepEqual(cases[i], want) {
					t.Errorf("%s\n--- got\n%s--- want\n%s", want.Why, cases[i].yaml(), want.yaml())
				}
			})
		}
		if *update && !t.Failed() {
			writeCases(t, file, cases)
		}
	}
}

// readGrading reads a golden file: the questions of a set, and cases of answers to them.
func readGrading(t *testing.T, file string, bundle *locales.Bundle) (*questions.Set, []gradingCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tree structpb.Struct
	if err := (protoyaml.UnmarshalOptions{Path: file}).Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(tree.AsMap())
	if err != nil {
		t.Fatal(err)
	}
	var parts struct {
		Questions json.RawMessage
		Cases     []gradingCase
	}
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&parts); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	const header = `{"id": "grading", "title": {"en": "Grading", "es": "Calificación"}, "language": "en", "questions": %s}`
	source, err := sets.Parse(file, fmt.Appendf(nil, header, parts.Questions))
	if err != nil {
		t.Fatal(err)
	}
	set, err := questions.Compile(source, bundle.Words)
	if err != nil {
		t.Fatal(err)
	}
	return set, parts.Cases
}

// gradeCase returns a case with what really becomes of its answer.
func gradeCase(t *testing.T, kind string, set *questions.Set, bundle *locales.Bundle, c gradingCase) gradingCase {
	t.Helper()
	q := set.Question(c.Question)
	if q == nil || q.Kind != kind {
		t.Fatalf("%q is no %s question of this file", c.Question, kind)
	}
	answer := &aulav1.Answer{}
	if err := protojson.Unmarshal(fmt.Appendf(nil, answerForms[kind], answerJSON(t, q, c.Answer)), answer); err != nil {
		t.Fatal(err)
	}
	if err := protovalidate.Validate(answer); err != nil {
		t.Fatalf("no learner can send this: %v", err)
	}
	asked := language.MustParse(c.Language)
	c.Earns, c.Parts, c.Feedback, c.Refused = nil, nil, nil, ""
	for _, told := range []language.Tag{language.English, language.Spanish} {
		code := told.String()
		if base, _ := asked.Base(); base.String() == code {
			told = asked // with the region: whoever looks back in their own language
		}
		play := questions.Play{Seed: 1}
		grade, err := set.Grade(q, answer, questions.Reader{asked}, questions.Reader{told}, play)
		if refusal, ok := errors.AsType[*questions.Refusal](err); ok {
			c.Refused = bundle.Match(asked).Text(refusal.ID, refusal.Args)
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		credit := q.Credit(grade, questions.History{}, aulav1.Certainty_CERTAINTY_UNSPECIFIED, play)
		c.Earns = &earned{grade.Verdict.String(), fourPlaces(credit.Fraction), credit.Points}
		c.Parts = partsOf(grade)
		if text := feedback(bundle.Match(told), grade); text != "" {
			if c.Feedback == nil {
				c.Feedback = map[string]string{}
			}
			c.Feedback[code] = text
		}
	}
	return c
}

// answerJSON is the answer of a case as Answer has it.
func answerJSON(t *testing.T, q *questions.Question, answer json.RawMessage) json.RawMessage {
	t.Helper()
	if q.Kind != "cloze" {
		return answer
	}
	var filled map[string]json.RawMessage
	if err := json.Unmarshal(answer, &filled); err != nil {
		t.Fatal(err)
	}
	for _, blank := range q.Source.GetCloze().GetBlanks() {
		m := blank.ProtoReflect()
		form := blankForms[string(m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")).Name())]
		if text, ok := filled[blank.GetId()]; ok && text[0] != '{' {
			filled[blank.GetId()] = fmt.Appendf(nil, form, text)
		}
	}
	asJSON, err := json.Marshal(filled)
	if err != nil {
		t.Fatal(err)
	}
	return asJSON
}

func fourPlaces(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// partsOf is what each part that has a name earns.
func partsOf(grade questions.Grade) (parts map[string]float64) {
	for _, part := range grade.Parts {
		if part.GetId() == "" {
			continue
		}
		if parts == nil {
			parts = map[string]float64{}
		}
		parts[part.GetId()] = fourPlaces(part.GetFraction())
	}
	return parts
}

// feedback is what a learner reads in one language.
func feedback(locale *locales.Locale, grade questions.Grade) string {
	var sentences []string
	for _, m := range grade.Feedback {
		if m.ID != "" {
			m.Text = locale.Text(m.ID, m.Args)
		}
		sentences = append(sentences, m.Text)
	}
	return strings.Join(sentences, " ")
}

// writeCases rewrites a golden file from the line "cases:" on.
func writeCases(t *testing.T, file string, cases []gradingCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const cut = "\ncases:\n"
	head, _, found := bytes.Cut(text, []byte(cut))
	if !found {
		t.Fatalf("%s has no line %q", file, cut)
	}
	out := bytes.NewBuffer(append(head, cut...))
	for _, c := range cases {
		out.WriteString(c.yaml())
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *gradingCase) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - why: %s\n", quoted(c.Why))
	fmt.Fprintf(&b, "    question: %s\n    language: %s\n", c.Question, c.Language)
	fmt.Fprintf(&b, "    answer: %s\n", quotedAnswer(c.Answer))
	if c.Refused != "" {
		fmt.Fprintf(&b, "    refused: %s\n", quoted(c.Refused))
	}
	if c.Earns != nil {
		fmt.Fprintf(&b, "    earns: {verdict: %s, fraction: %v, points: %d}\n", c.Earns.Verdict, c.Earns.Fraction, c.Earns.Points)
	}
	if len(c.Parts) > 0 {
		var parts []string
		for _, id := range slices.Sorted(maps.Keys(c.Parts)) {
			parts = append(parts, fmt.Sprintf("%s: %v", id, c.Parts[id]))
		}
		fmt.Fprintf(&b, "    parts: {%s}\n", strings.Join(parts, ", "))
	}
	if len(c.Feedback) > 0 {
		b.WriteString("    feedback:\n")
		for _, lang := range slices.Sorted(maps.Keys(c.Feedback)) {
			fmt.Fprintf(&b, "      %s: %s\n", lang, quoted(c.Feedback[lang]))
		}
	}
	return b.String()
}

var plainID = regexp.MustCompile(`^[a-z0-9-]+$`)

func quotedAnswer(answer json.RawMessage) string {
	var options []string
	if json.Unmarshal(answer, &options) == nil {
		for i, option := range options {
			if !plainID.MatchString(option) || json.Valid([]byte(option)) { // true is no text in YAML unless quoted
				options[i] = quoted(option)
			}
		}
		return "[" + strings.Join(options, ", ") + "]"
	}
	var text string
	if json.Unmarshal(answer, &text) == nil {
		return quoted(text)
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(answer, &parts) == nil {
		var pairs []string
		for _, id := range slices.Sorted(maps.Keys(parts)) {
			pairs = append(pairs, id+": "+quotedAnswer(parts[id]))
		}
		return "{" + strings.Join(pairs, ", ") + "}"
	}
	return string(answer)
}

// quoted writes a text in double quotes, in which YAML and Go have the same escapes, with
// an escape for whatever a reader could not see.
func quoted(text string) string {
	var b strings.Builder
	for _, r := range text {
		one := strconv.Quote(string(r))
		if unicode.IsMark(r) {
			one = strconv.QuoteToASCII(string(r))
		}
		b.WriteString(one[1 : len(one)-1])
	}
	return `"` + b.String() + `"`
}
