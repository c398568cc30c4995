package questions

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

const (
	oneQuestion = `
questions:
  - id: sum
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
`
	height = `
facts:
  - id: height
    statement: {en: "It is {value} high.", es: "Mide {value}."}
`
)

// Every mistake that authors can make with facts, texts, media, hints and tries, and where
// they are told it is.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, set string
		want      []string // path and sentence
	}{
		{"fine", oneQuestion, nil},
		{"no questions", "", []string{"questions: check.no_questions"}},
		{"facts that ask for nothing", height + "    value: {year: 3}", []string{"questions: check.no_questions"}},

		{"ask without value", height + "    ask: [CARD]" + oneQuestion, []string{
			`facts[0] "height": ask: check.ask_without_value`, `facts[0] "height": statement: check.value_without_value`,
		}},
		{"number as text, day as number", height + `
    value: {year: 2008}
    ask: [TEXT, CHOICE]
  - id: day
    statement: {en: "On {value}.", es: "El {value}."}
    value: {month_day: {month: 11, day: 16}}
    ask: [NUMERIC, TEXT]
  - id: who
    statement: {en: "By {value}.", es: "Por {value}."}
    value: {person: {text: {en: Ana, es: Ana}}}
    ask: [NUMERIC, TEXT]
`, []string{
			`facts[0] "height": ask[0] TEXT: check.ask_of_type`, `facts[1] "day": ask[0] NUMERIC: check.ask_of_type`,
			`facts[1] "day": ask[1] TEXT: check.ask_of_type`, `facts[2] "who": ask[0] NUMERIC: check.ask_of_type`,
		}},
		{"nothing to choose from", height + `
    value: {text: {text: {en: a lot, es: mucho}}}
    ask: [CHOICE, TRUE_FALSE]
`, []string{`facts[0] "height": ask[0] CHOICE: check.no_distractor`}},
		{"others of another type, or right", height + `
    value: {place: {text: {en: Quito, es: Quito}, also: [{text: {es: San Francisco de Quito}}]}}
    ask: [TEXT]
    others:
      - person: {text: {en: Ana, es: Ana}}
      - place: {text: {en: QUITO, es: Kito}}
      - place: {text: {en: Saint Francis, es: san francisco de Quíto}}
      - place: {text: {en: Lima, es: Lima}}
`, []string{
			`facts[0] "height": others[0]: check.other_type`, `facts[0] "height": others[1]: check.other_is_right`,
			`facts[0] "height": others[2]: check.other_is_right`,
		}},
		{"days that do not exist", height + `
    value: {month_day: {month: 2, day: 30}}
    others: [{month_day: {month: 4, day: 31}}]
    date: "2025-13-01"
  - id: leap
    statement: {en: "On {value}.", es: "El {value}."}
    value: {date: "2025-02-29"}
    date: "2024-02-29"
` + oneQuestion, []string{
			`facts[0] "height": date: check.no_such_day`, `facts[0] "height": value: check.no_such_day`,
			`facts[0] "height": value: check.value_unwritten`, `facts[0] "height": others[0]: check.no_such_day`,
			`facts[1] "leap": value: check.no_such_day`, `facts[1] "leap": value: check.value_unwritten`,
		}},
		{"a value in another language only", height + `
    value: {place: {text: {es: Quito}}}
    ask: [TEXT]
`, []string{
			`facts[0] "height": value: check.value_unwritten`, `facts[0] "height": ask[0] TEXT: text: check.incomplete`,
		}},
		{"languages the title lacks", height + `
    value: {number: {value: 3, unit: {en: km, es: km, fr: km}}}
    others: [{number: {value: 4, unit: {en: km, es: km, it: km}}}]
    question: {en: "How high?", es: "¿Cuánto?", de: "Wie hoch?"}
    ask: [CARD]
  - id: who
    statement: {en: "By {value}.", es: "Por {value}."}
    value: {person: {text: {en: Ana, es: Ana}, also: [{text: {pt: Ana}}]}}
` + oneQuestion, []string{
			`facts[0] "height": question: check.language_not_in_title`, `facts[0] "height": value: check.language_not_in_title`,
			`facts[0] "height": others[0]: check.language_not_in_title`, `facts[1] "who": value.also: check.language_not_in_title`,
		}},
		{"statements without the value", `
facts:
  - id: high
    statement: {en: "It is high.", es: "Mide {value}."}
    value: {year: 3}
    ask: [CLOZE]
    question: {en: "How high?", es: "¿Cuánto mide?"}
  - id: asked
    statement: {en: "It is high.", es: "Es alto."}
    value: {year: 3}
    ask: [NUMERIC, CARD]
    question: {en: "How high?", es: "¿Cuánto mide?"}
  - id: half-asked
    statement: {en: "It is high.", es: "Es alto."}
    value: {year: 3}
    ask: [NUMERIC]
    question: {en: "How high?"}
`, []string{
			`facts[0] "high": statement: check.statement_without_value`,
			`facts[2] "half-asked": statement: check.statement_without_value`,
			`facts[0] "high": ask[0] CLOZE: text: check.incomplete`,
		}},
		{"a value of no fact", `
questions:
  - id: sum
    text: {en: "{value} + 1?", es: "¿{value} + 1?"}
    hints: [{text: {en: "{value}!", es: "¡{value}!"}}]
    numeric: {value: 2}
  - id: other
    fact: gone
    text: {en: "{value} + 1?", es: "¿{value} + 1?"}
    numeric: {value: 2}
`, []string{
			`questions[0] "sum": text: check.value_without_fact`, `questions[0] "sum": hints[0].text: check.value_without_fact`,
			`questions[1] "other": fact: check.no_such_fact`,
		}},
		{"an id that a fact derives", height + `
    value: {year: 3}
    ask: [NUMERIC]
questions:
  - id: height.numeric
    text: {en: "How high?", es: "¿Cuánto mide?"}
    numeric: {value: 3}
`, []string{`facts[0] "height": ask[0] NUMERIC: id: check.duplicate_id`}},

		{"raw HTML", `
facts:
  - id: height
    statement: {en: "It is <b>{value}</b> high.", es: "Mide {value}."}
    value: {number: {value: 3, unit: {en: km, es: km}}}
questions:
  - id: sum
    fact: height
    text: {en: "1 < 2? <br>", es: "¿1 <2>?"}
    explanation: {en: "<{value}> is a link: <https://example.org>", es: "<!-- {value} -->"}
    hints: [{text: {en: "a\n\n<div>\n{value}", es: "&lt;b>"}}]
    choice:
      options:
        - {id: a, text: {en: "a <i>b</i>", es: a}, correct: true}
        - {id: b, text: {en: "` + "`<i>`" + `", es: "\\<i>"}, feedback: {en: "</p>", es: b}}
  - id: tag
    text: {en: "Which tag makes text bold?", es: "¿Qué etiqueta pone la letra en negrita?"}
    text_entry: {accepted: [{text: {en: "<b>", es: "<b>"}}]}
`, []string{
			`facts[0] "height": statement: check.raw_html`, `questions[0] "sum": text: check.raw_html`,
			`questions[0] "sum": explanation: check.raw_html`,
			`questions[0] "sum": choice.options[0].text: check.raw_html`,
			`questions[0] "sum": choice.options[1].feedback: check.raw_html`, `questions[0] "sum": hints[0].text: check.raw_html`,
		}},

		{"media", `
media:
  - {id: map, uri: "https://example.org/map.png", content_type: image/png, alt: {en: A map, fr: Une carte}}
  - {id: map, uri: "https://example.org/map.png", content_type: image/png, alt: {en: A map, es: Un mapa}}
  - {id: nowhere, content_type: image/png}
  - {id: kept, digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
  - {id: both, uri: "https://example.org/map.png", content_type: image/png, data: AAAA}
  - {id: whole, data: AAAA}
questions:
  - id: sum
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
    media: [map, sound]
`, []string{
			`media[0] "map": alt: check.language_not_in_title`,
			`media[1].id: check.duplicate_id`, `media[2] "nowhere": check.media_one_place`,
			`media[3] "kept": content_type: check.media_without_type`, `media[4] "both": check.media_one_place`,
			`questions[0] "sum": media[1]: check.no_such_media`,
		}},
		{"hints and tries", `
questions:
  - id: sum
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
    penalty: 0
    hints:
      - {text: {en: More than 1, es: Más de 1, fr: Plus de 1}, cost: 0.6}
      - {text: {es: Menos de 3}, cost: 0.5}
  - id: tenths
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
    tries: 2
    penalty: 0.5
    hints:
` + strings.Repeat("      - {text: {en: Two, es: Dos}, cost: 0.1}\n", 10), []string{
			`questions[0] "sum": hints[0].text: check.language_not_in_title`, `questions[0] "sum": hints: check.hint_costs`,
			`questions[0] "sum": penalty: check.penalty_without_tries`, `questions[0] "sum": text: check.incomplete`,
		}},
		{"certainty", `
certainty: true
questions:
  - id: sum
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
    tries: 2
    hints: [{text: {en: Two, es: Dos}}]
  - id: once
    text: {en: "1 + 1?", es: "¿1 + 1?"}
    numeric: {value: 2}
    tries: 1
`, []string{`questions[0] "sum": tries: check.certainty_once`, `questions[0] "sum": hints: check.certainty_once`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(setOf(t, c.set), localeWords(t))
			var got []string
			if problems, ok := errors.AsType[Problems](err); ok {
				for _, p := range problems {
					got = append(got, p.Path+": "+p.ID)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestRawHTML(t *testing.T) {
	for text, want := range map[string]string{
		"a < b and c > d": "", "1 <2": "", "<3": "", "x<y>z": "<y>", "*a* `<b>` \\<b>": "", "&lt;b&gt;": "",
		"<https://example.org>": "", "<ana@example.org>": "", "[a](<b c>)": "", "    <b>": "", "```\n<b>\n```": "",
		"a<br/>b": "<br/>", "<b\nc>": "<b\nc>", "<!-- x -->": "<!-- x -->", "<?php x ?>": "<?php x ?>", "<!DOCTYPE html>": "<!DOCTYPE html>",
		"<![CDATA[x]]>": "<![CDATA[x]]>", "- <div>": "<div>", "> <script>\n> x": "<script>\nx", "a </i>": "</i>", "<!--\nx\n-->": "<!--\nx",
	} {
		if got := rawHTML(text); strings.TrimSpace(got) != want {
			t.Errorf("raw HTML in %q: %q, want %q", text, got, want)
		}
	}
}

// Media come with the prompt, described in its language.
func TestPromptMedia(t *testing.T) {
	set, err := Compile(setOf(t, `
media:
  - {id: map, uri: "https://example.org/map.png", content_type: image/png, alt: {en: A map, es: Un mapa}}
  - {id: waves, uri: "https://example.org/waves.mp3", content_type: audio/mpeg, alt: {en: Waves, es: Olas}}
  - {id: kept, digest: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, content_type: image/webp}
questions:
  - id: both
    text: {en: "Where?", es: "¿Dónde?"}
    text_entry: {accepted: [{text: {en: Manta, es: Manta}}]}
    media: [waves, map]
  - id: english
    text: {en: "Where?"}
    text_entry: {accepted: [{text: {en: Manta}}]}
    media: [kept]
`), localeWords(t))
	if err != nil {
		t.Fatal(err)
	}
	spanish := Reader{language.MustParse("es-EC")}
	both := set.Prompt(set.Question("both"), spanish, Play{}).GetMedia()
	if len(both) != 2 || both[0].GetAlt() != "Olas" || both[0].GetContentType() != "audio/mpeg" ||
		both[0].GetUri() != "https://example.org/waves.mp3" || both[1].GetAlt() != "Un mapa" {
		t.Errorf("media %v", both)
	}
	english := set.Prompt(set.Question("english"), spanish, Play{}).GetMedia()
	if len(english) != 1 || english[0].GetDigest() == "" || english[0].GetUri() != "" || english[0].GetContentType() != "image/webp" {
		t.Errorf("media that the server keeps %v", english)
	}
}
