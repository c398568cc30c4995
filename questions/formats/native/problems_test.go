package native_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"aula/questions/formats"
	"aula/questions/formats/native"
)

// head is a good beginning of a set, of three lines.
const head = "id: s\ntitle: {en: T}\nlanguage: en\n"

// mistakes are files with one mistake each: an example of every problem there is.
var mistakes = []struct {
	name, file string
	want       string // line:column "question" id field
	good       int    // questions that are read all the same
}{
	{"unknown field", head + `
questions:
  - id: a
    text: {en: A}
    explanaton: {en: B}
    card: {back: {en: C}}
  - {id: b, text: {en: A}, card: {back: {en: C}}}
`, `8:5 "a" format.native.unknown_field explanaton`, 1},
	{"unknown field far from any", head + "questions:\n- id: a\n  text: {en: A}\n  card: {back: {en: C}}\n  teachersnote: x", `8:3 "a" format.native.unknown_field_of teachersnote`, 0},
	{"unknown option field", head + "questions:\n- id: a\n  text: {en: A}\n  choice:\n    options:\n      - {id: x, texto: {en: X}}\n      - {id: y, text: {en: Y}}", `9:17 "a" format.native.unknown_field choice.options[0].texto`, 0},
	{"unknown field of the set", head + "question:\n- id: a\n", `4:1 "" format.native.unknown_field question`, 0},
	{"duplicate key", head + "questions:\n- id: a\n  text: {en: A}\n  id: b\n  card: {back: {en: C}}", `7:3 "a" format.native.duplicate id`, 0},
	{"duplicate language", head + "questions:\n- id: a\n  text: {en: A, es: B, en: C}\n  card: {back: {en: C}}", `6:24 "a" format.native.duplicate text.en`, 0},
	{"duplicate in two spellings", head + "questions:\n- id: a\n  text: {en: A}\n  timeLimit: 3s\n  time_limit: 4s\n  card: {back: {en: C}}", `8:3 "a" format.native.duplicate time_limit`, 0},
	{"two lists of questions", head + "questions:\n- {id: a, text: {en: A}, card: {back: {en: C}}}\nquestions:\n- id: b\n", `6:1 "" format.native.duplicate questions`, 1},
	{"two kinds", head + "questions:\n- id: a\n  text: {en: A}\n  card: {back: {en: C}}\n  true_false: {correct: true}", `8:3 "a" format.native.two_kinds `, 0},
	{"no kind", head + "questions:\n- id: a\n  text: {en: A}\n", `5:3 "a" check.no_kind `, 0},
	{"blank without a kind", head + "questions:\n- id: a\n  text: {en: '[[b]]'}\n  cloze: {blanks: [{id: b}]}", `7:20 "a" check.cloze_no_kind cloze.blanks[0]`, 0},
	{"fact without a value", head + "facts:\n- {id: f, statement: {en: S}, value: {}}\n", `5:38 "" format.native.no_value facts[0].value`, 0},
	{"text for no language", head + "questions:\n- id: a\n  text: Hola\n  card: {back: {en: C}}", `6:9 "a" format.native.not_texts text`, 0},
	{"empty text", head + "questions:\n- id: a\n  text: {en: A, es: }\n  card: {back: {en: C}}", `6:21 "a" format.native.no_text text.es`, 0},
	{"text that is a list", head + "questions:\n- id: a\n  text: {en: [A]}\n  card: {back: {en: C}}", `6:14 "a" format.native.not_text text.en`, 0},
	{"question that is a text", head + "questions:\n- Which?\n", `5:3 "" format.native.not_fields `, 0},
	{"list that is none", head + "questions:\n- id: a\n  tags: things\n  text: {en: A}\n  card: {back: {en: C}}", `6:9 "a" format.native.not_list tags`, 0},
	{"questions that are none", head + "questions: many\n", `4:12 "" format.native.not_list questions`, 0},
	{"empty entry", head + "questions:\n- id: a\n  tags: [x, null]\n  text: {en: A}\n  card: {back: {en: C}}", `6:13 "a" format.native.empty_entry tags[1]`, 0},
	{"not one value", head + "questions:\n- id: [a]\n  text: {en: A}\n  card: {back: {en: C}}", `5:7 "A" format.native.not_one_value id`, 0},
	{"not a number", head + "questions:\n- id: a\n  text: {en: A}\n  numeric: {value: \"0,5\"}", `7:20 "a" format.native.not_number numeric.value`, 0},
	{"not whole", head + "questions:\n- id: a\n  text: {en: A}\n  points: 2.5\n  card: {back: {en: C}}", `7:11 "a" format.native.not_whole points`, 0},
	{"not a truth", head + "questions:\n- id: a\n  text: {en: A}\n  true_false: {correct: yes}", `7:25 "a" format.native.not_bool true_false.correct`, 0},
	{"no such value", head + "questions:\n- id: a\n  text: {en: A}\n  difficulty: Facil\n  card: {back: {en: C}}", `7:15 "a" format.native.bad_enum difficulty`, 0},
	{"not a time", head + "questions:\n- id: a\n  text: {en: A}\n  time_limit: 2 min\n  card: {back: {en: C}}", `7:15 "a" format.native.not_duration time_limit`, 0},
	{"not base64", head + "media:\n- {id: m, data: '**'}\n", `5:17 "" format.native.not_base64 media[0].data`, 0},
	{"bad id", head + "questions:\n- id: Río Napo\n  text: {en: A}\n  card: {back: {en: C}}", `5:7 "Río Napo" format.native.bad_id id`, 0},
	{"bad id of the set", "id: My set\n" + head[6:] + "questions: []", `1:5 "" format.native.bad_id id`, 0},
	{"fact without an id", head + "facts:\n- {statement: {en: S}}\n", `5:3 "" rule.required facts[0].id`, 0},
	{"bad date", head + "facts:\n- {id: f, statement: {en: S}, date: 16/11/2025}\n", `5:37 "" format.native.bad_date facts[0].date`, 0},
	{"bad content type", head + "media:\n- {id: m, content_type: png}\n", `5:25 "" format.native.bad_content_type media[0].content_type`, 0},
	{"bad digest", head + "media:\n- {id: m, digest: abc}\n", `5:19 "" format.native.bad_digest media[0].digest`, 0},
	{"bad address", head + "media:\n- {id: m, uri: 'http://example.org/x.png'}\n", `5:16 "" format.native.bad_uri media[0].uri`, 0},
	{"number too large", head + "questions:\n- id: a\n  text: {en: A}\n  points: 5000\n  card: {back: {en: C}}", `7:11 "a" rule.int32.gte_lte points`, 0},
	{"weight too large", head + "questions:\n- id: a\n  text: {en: A}\n  choice: {options: [{id: x, text: {en: X}, weight: 3}, {id: y, text: {en: Y}}]}", `7:53 "a" rule.double.gte_lte choice.options[0].weight`, 0},
	{"time too long", head + "questions:\n- id: a\n  text: {en: A}\n  time_limit: 9000s\n  card: {back: {en: C}}", `7:15 "a" rule.duration.gt_lte time_limit`, 0},
	{"text too long", head + "questions:\n- id: a\n  text: {en: A, es: " + strings.Repeat("ñ", 4001) + "}\n  card: {back: {en: C}}", `6:21 "a" rule.string.max_len text.es`, 0},
	{"no text", head + "questions:\n- id: a\n  card: {back: {en: C}}", `5:3 "a" rule.map.min_pairs text`, 0},
	{"one option", head + "questions:\n- id: a\n  text: {en: A}\n  choice: {options: [{id: x, text: {en: X}}]}", `7:21 "a" rule.repeated.min_items choice.options`, 0},

	{"no set", "- a\n- b\n", `1:1 format.native.not_a_set`, 0},
	{"a text", "hello", `1:1 format.native.not_a_set`, 0},
	{"two sets", head + "questions:\n- {id: a, text: {en: A}, card: {back: {en: C}}}\n---\nid: t\n", `6:1 format.native.one_set`, 0},
	{"too deep", head + "description: " + strings.Repeat("[", 100) + strings.Repeat("]", 100), `4:78 format.native.too_deep`, 0},
	{"control character", head + "questions:\n- id: a\n  text: {en: A\x01}\n  card: {back: {en: C}}", `6:15 "a" format.native.control_character `, 0},
	{"bad escape", head + "questions:\n- id: a\n  text: {en: \"C:\\q\"}\n  card: {back: {en: C}}", `6:17 "a" format.native.bad_escape `, 0},
	{"colon", head + `
questions:
  - id: a
    text:
      en: Remember: it is far
    card: {back: {en: C}}
  - {id: b, text: {en: A}, card: {back: {en: C}}}
`, `8:19 "a" format.native.yaml_colon `, 1},
	{"colon in brackets", head + "questions:\n- id: a\n  text: {en: Well: no}\n  card: {back: {en: C}}", `6:18 "a" format.native.yaml_colon `, 0},
	{"open quotes", head + "questions:\n- id: a\n  text: {en: \"A}\n  card: {back: {en: C}}\n- {id: b, text: {en: A}, card: {back: {en: C}}}\n", `6:14 "a" format.native.yaml_quote `, 1},
	{"after the quotes", head + "questions:\n- id: a\n  text:\n    en: \"A\" is\n  card: {back: {en: C}}", `7:13 "a" format.native.yaml_after_quote `, 0},
	{"tab", head + "questions:\n- id: a\n\ttext: {en: A}\n  card: {back: {en: C}}", `6:1 format.native.yaml_tab`, 0},
	{"indentation", head + "questions:\n  - id: a\n     text: {en: A}\n    card: {back: {en: C}}\n  - {id: b, text: {en: A}, card: {back: {en: C}}}\n", `6:10 "a" format.native.yaml_colon `, 1},
	{"dash too far out", head + "questions:\n  - {id: a, text: {en: A}, card: {back: {en: C}}}\n - id: b\n", `6:1 "b" format.native.yaml_indent `, 1},
	{"no field", head + "questions:\n- id: a\n  text: {en: A}\n  card\n", `7:3 "a" format.native.yaml_key `, 0},
	{"text that begins with a sign", head + "questions:\n- id: a\n  text:\n    en: @home\n  card: {back: {en: C}}", `7:9 "a" format.native.yaml_start `, 0},
	{"no bracket", head + "questions:\n- id: a\n  text: {en: A, es: B\n  card: {back: {en: C}}", `7:3 "a" format.native.yaml_flow `, 0},
	{"bracket that is not closed", head + "questions:\n- id: a\n  card: {back: {en: C}}\n  text: {en: A, es: B\n", `7:9 "a" format.native.yaml_bracket `, 0},
	{"braces in a text", head + "questions:\n- id: a\n  text: {en: the {thing}, es: B}\n  card: {back: {en: C}}", `6:18 "a" format.native.yaml_start_inside `, 0},
	{"alias to nothing", head + "questions:\n- id: a\n  text: {en: *pizarra}\n  card: {back: {en: C}}", `6:14 "a" format.native.yaml_anchor `, 0},
	{
		"bomb", head + "stale:\n- &a [x, x, x, x, x, x, x, x, x, x]\n- &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n" +
			"- &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n- &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n- [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n",
		`1:1 format.native.yaml_bomb`, 0,
	},
	{"text behind a bar", head + "questions:\n- id: a\n  text:\n    en: | A\n  card: {back: {en: C}}", `7:9 "a" format.native.yaml_block `, 0},
	{
		"mistake after what is rare", head + "questions:\n- id: !!str a\n  tags: [a]\n  points: 1\n  text: {en: A}}\n  card: {back: {en: C}}",
		`8:1 "!!str a" format.native.yaml_syntax `, 0,
	},

	{"JSON comma", `{"id": "s", "title": {"en": "T"}, "language": "en", "questions": [
  {"id": "a" "text": {"en": "A"}, "card": {"back": {"en": "C"}}},
  {"id": "b", "text": {"en": "A"}, "card": {"back": {"en": "C"}}}
]}`, `2:14 "a" format.native.json_comma `, 1},
	{"JSON bracket", `{"id": "s", "title": {"en": "T"}, "language": "en", "questions": [
  {"id": "a", "text": {"en": "A", "card": {"back": {"en": "C"}}},
  {"id": "b", "text": {"en": "A"}, "card": {"back": {"en": "C"}}}
]}`, `3:3 "a" format.native.json_key `, 1},
	{"JSON quotes", `{"id": "s", "title": {"en": "T"}, "language": "en", "questions": [
  {"id": "a", "text": {"en": "A}, "card": {"back": {"en": "C"}}},
  {"id": "b", "text": {"en": "A"}, "card": {"back": {"en": "C"}}}
]}`, `2:36 "a" format.native.json_comma `, 1},
	{"JSON value", `{"questions": [
  {"id": a, "text": {"en": "A"}, "card": {"back": {"en": "C"}}}]}`, `2:10 "a" format.native.json_value `, 0},
	{"JSON text without an end", `{"title": {"en": "T}}
`, `1:18 format.native.json_quote`, 0},
	{"JSON on one line", `{"questions": [{"id": "a", "text": {"en": "A"}, "card": {"back": {"en": "C"}}}, {"id": "b"]}`, `1:91 "b" format.native.json_comma `, 1},
	{"JSON after the end", `{"title": {"en": "T"}, "language": "en"}}`, `1:41 format.native.json_end`, 0},
	{"JSON key", `{title: {"en": "T"}}`, `1:2 format.native.json_key`, 0},
	{"JSON unknown field", `{"questions": [{"id": "a", "txt": {"en": "A"}, "card": {"back": {"en": "C"}}}]}`, `1:28 "a" format.native.unknown_field txt`, 0},
}

func TestMistakes(t *testing.T) {
	told := map[string]bool{}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			read := native.Read
			if strings.HasPrefix(m.file, "{") {
				read = native.ReadJSON
			}
			d, err := read(t.Context(), []byte(m.file))
			if err != nil {
				u, _ := errors.AsType[*formats.Unreadable](err) // as Read promises
				told[u.ID] = true
				if got := fmt.Sprintf("%d:%d %s", u.Place.Line, u.Place.Column, u.ID); got != m.want {
					t.Errorf("unreadable at %s, want %s", got, m.want)
				}
				return
			}
			if len(d.Problems) == 0 {
				t.Fatal("no problem")
			}
			p := d.Problems[0]
			told[p.ID] = true
			field, _ := p.Args["Field"].(string)
			if got := fmt.Sprintf("%d:%d %q %s %s", p.Place.Line, p.Place.Column, p.Question, p.ID, field); got != m.want {
				t.Errorf("%s, want %s", got, m.want)
			}
			if len(d.Packed) != m.good || len(d.Places) != m.good {
				t.Errorf("%d good questions, want %d", len(d.Packed), m.good)
			}
		})
	}
	for id := range sentences(t) {
		if strings.HasPrefix(id, "format.native.") && !told[id] && !elsewhere[id] {
			t.Errorf("no example of %s", id)
		}
	}
	for id := range told {
		if !sentences(t)[id] {
			t.Errorf("no sentence %s", id)
		}
	}
}

// elsewhere are the sentences that other tests have examples of.
var elsewhere = map[string]bool{
	"format.native.yaml_too_much":    true,
	"format.native.json_lost":        true,
	"format.native.too_much":         true,
	"format.native.not_in_languages": true,
	"format.native.unchecked":        true, // never, while the constraints in the proto are right
}

// sentences gives the ids of the sentences there are.
func sentences(t *testing.T) map[string]bool {
	ids := map[string]bool{}
	for _, file := range []string{"active.en.json", "new.native.en.json"} {
		data, err := os.ReadFile("../../../locales/" + file)
		if err != nil {
			continue
		}
		var all map[string]any
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		for id := range all {
			ids[id] = true
		}
	}
	return ids
}
