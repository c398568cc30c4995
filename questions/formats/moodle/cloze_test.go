package moodle

import (
	"fmt"
	"strings"
	"testing"
)

// show writes what parseCloze read, for comparison.
func show(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
		if p.blank != nil {
			fmt.Fprintf(&b, "<%s %s%s", p.blank.weight, p.blank.kind, strings.TrimRight("_"+p.blank.variant, "_"))
			for _, a := range p.blank.answers {
				fmt.Fprintf(&b, "|%s:%s#%s", a.percent, a.text, a.feedback)
			}
			b.WriteString(">")
		}
	}
	return b.String()
}

func TestParseCloze(t *testing.T) {
	for source, want := range map[string]string{
		"no blank {x} {1} {a:b}":           "no blank {x} {1} {a:b}",
		"a {1:SA:=b} c":                    "a <1 SHORTANSWER|100:b#> c",
		"{:SAC:=b}":                        "< SHORTANSWER_C|100:b#>",
		"{2:MW:=b~%50%c#so so~d}":          "<2 SHORTANSWER|100:b#|50:c#so so|:d#>",
		"{ 1 : mcvs :=b~c}":                "<1 MULTICHOICE_VS|100:b#|:c#>",
		"{1:MULTICHOICE_HS:~b~=c}":         "<1 MULTICHOICE_HS|:b#|100:c#>",
		"{1:MULTIRESPONSE_H:%50%b~%-50%c}": "<1 MULTIRESPONSE_H|50:b#|-50:c#>",
		"{1:NM:=3.14:0.01~%50,5%3:1#near}": "<1 NUMERICAL|100:3.14:0.01#|50,5:3:1#near>",
		`{1:SA:=a\}b\~c\#d#e\}f#g}`:        "<1 SHORTANSWER|100:a}b~c#d#e}f#g>",
		"{1:SA:=it&#39;s#so&#33;}":         "<1 SHORTANSWER|100:it&#39;s#so&#33;>",
		`\{1:SA:=no} {1:SA:=yes}`:          `\{1:SA:=no} <1 SHORTANSWER|100:yes#>`,
		"{1:SA:%x%y}":                      "<1 SHORTANSWER|:%x%y#>",
		"{1:SA:=\n  a ~ = b }":             "<1 SHORTANSWER|100:a#|100:b#>",
	} {
		pieces, fault := parseCloze(source)
		if fault != nil {
			t.Errorf("%s: %v", source, fault)
		} else if got := show(pieces); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
	for source, id := range map[string]string{
		"{1:XX:=a}": "format.moodle.cloze_kind", "{1:SA_V:=a}": "format.moodle.cloze_kind", "{1:SA:=a": "format.moodle.cloze_open",
		`{1:SA:=a\}`: "format.moodle.cloze_open",
	} {
		if _, fault := parseCloze(source); fault == nil || fault.id != id {
			t.Errorf("%s: %v", source, fault)
		}
	}
}

func TestSplit(t *testing.T) {
	span := func(lang, text string) string {
		return `<span lang="` + lang + `" class="multilang">` + text + `</span>`
	}
	for source, want := range map[string]string{
		"plain":    "und:plain",
		"language": "und:language",
		"a " + span("es", "b") + " \n" + span("en_us", "c") + " d":   "en-US:a c d es:a b d",
		`<SPAN class='x multilang' lang='es'>b<span>n</span></SPAN>`: "es:b<span>n</span>",
		span("es", "b") + span("??", "c"):                            "es:b" + span("??", "c"),
		"{mlang es}a{mlang}{mlang en,fr}b{mlang} c":                  "en:b c es:a c fr:b c",
		"{mlang es}a{mlang}{mlang other}b{mlang}":                    "es:a",
		"x {mlang es}a{mlang} {mlang EN_us_k12} b {mlang} y":         "en-US:x   b  y es:x a  y",
		"{mlang es}open":                "und:{mlang es}open",
		"{mlang en}a{mlang es}b{mlang}": "en:a es:b",
	} {
		var got []string
		languages := languagesIn(source)
		for _, lang := range languages {
			if text, ok := split(source, languages)[lang]; ok {
				got = append(got, lang+":"+text)
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s\n got %q\nwant %q", source, got, want)
		}
	}
	if got := split("{mlang es}a{mlang}{mlang other}b{mlang}", []string{"en", "es"}); got["en"] != "b" || got["es"] != "a" {
		t.Errorf("other: %q", got)
	}
	if got, ok := split(span("es", "a"), []string{"en", "es"})["en"]; ok {
		t.Errorf("what says nothing in English gave %q", got)
	}
}

func FuzzCloze(f *testing.F) {
	for _, seed := range []string{
		"a {1:SA:=b~%50%c#d} e", "{2:MCVS:~a~=b#c}", `{1:NM:=3:1\}`, "{1:MR:=a~=b~c}", "{:SAC:=it&#39;s}", "{mlang es}{1:SA:=x}{mlang}",
		`<span lang="es" class="multilang">{1:SA:=a}</span>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		languages := languagesIn(source)
		for _, text := range split(source, languages) {
			pieces, fault := parseCloze(text)
			rest := 0
			for _, p := range pieces {
				rest += len(p.text)
			}
			if fault == nil && rest > len(text) {
				t.Fatalf("%q became longer", text)
			}
		}
	})
}
