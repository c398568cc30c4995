package sheet

import (
	"testing"
	"time"
)

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]number{
		"5": {value: 5}, "-3.5": {value: -3.5}, "−3,5": {value: -3.5}, ".5": {value: 0.5}, "6.02e23": {value: 6.02e23},
		"1.234": {value: 1.234}, "0,125": {value: 0.125}, "1.234,5": {value: 1234.5}, "1,234.5": {value: 1234.5},
		"1.234.567": {value: 1234567}, "1,234,567": {value: 1234567}, "1 234,5": {value: 1234.5}, "1\u00A0234": {value: 1234},
		"1'234.5": {value: 1234.5}, "60 %": {value: 60, percent: true}, "1,234": {problem: ambiguousNumber},
		"": {problem: notNumber}, "five": {problem: notNumber}, "1e999": {problem: notNumber}, "1.2.3": {problem: notNumber},
		"NaN": {problem: notNumber}, "0x10": {problem: notNumber}, "1,2,3": {problem: notNumber},
	} {
		if got := parseNumber(text); got != want {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

func TestParseKey(t *testing.T) {
	for text, want := range map[string]key{
		"9.8 ± 0.1": {value: 9.8, tolerance: 0.1}, "9.8 +- 5%": {value: 9.8, relative: 0.05},
		"60% ± 2%": {value: 60, tolerance: 2, percent: true}, "10..20": {low: 10, high: 20, isRange: true},
		"10 a 20": {low: 10, high: 20, isRange: true}, "1822 (año)": {value: 1822, isYear: true},
	} {
		if got, problem, _ := parseKey(text); problem != "" || got != want {
			t.Errorf("%q is %+v, %s, want %+v", text, got, problem, want)
		}
	}
	for _, text := range []string{"10..20 ± 1", "5 ± x", "5 ± -1", "a..5", "5..b"} {
		if got, problem, _ := parseKey(text); problem == "" {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, "1.5": 1500 * time.Millisecond, "1:30": 90 * time.Second, "0:01:30": 90 * time.Second,
		"2 min": 2 * time.Minute, "1 min 30 s": 90 * time.Second, "20 segundos": 20 * time.Second,
	} {
		if got, ok := parseTime(text); !ok || got != want {
			t.Errorf("%q is %v", text, got)
		}
	}
	for _, text := range []string{"", "soon", "-5", "1 week"} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// TestVocabulary has no word that means two things.
func TestVocabulary(t *testing.T) {
	columns := map[string]*field{}
	for _, f := range fields {
		for _, word := range append(append([]string{}, f.en...), f.es...) {
			if other := columns[fold(word)]; other != nil && other != f {
				t.Errorf("%s is of %s and %s", word, other.name, f.name)
			}
			columns[fold(word)] = f
		}
	}
	for _, v := range []vocabulary{kinds, difficulties, truths, setWords, settingWords, languageNames} {
		names := map[string]string{}
		for _, term := range v.terms {
			for _, word := range append(append([]string{term.name}, term.en...), term.es...) {
				if other, ok := names[fold(word)]; ok && other != term.name {
					t.Errorf("%s is of %s and %s", word, other, term.name)
				}
				names[fold(word)] = term.name
			}
		}
	}
}

func TestParseColumn(t *testing.T) {
	for cell, want := range map[string]column{
		"TEXTO (ES)": {field: textField, lang: "es", spanish: true}, "text_en": {field: textField, lang: "en"},
		"Pregunta [español]": {field: textField, lang: "es", spanish: true}, "text (es-EC)": {field: textField, lang: "es-EC"},
		"Opción 2 (en)": {field: optionsField, lang: "en", own: true, spanish: true}, "Explicacion": {field: explanationField, spanish: true},
		"Time limit (sec)": {field: timeField}, "texto es": {field: textField, lang: "es", spanish: true},
	} {
		if got, ok := parseColumn(cell); !ok || got != want {
			t.Errorf("%q is %+v, want %+v", cell, got, want)
		}
	}
	for _, cell := range []string{"", "notes", "text (nonsense!)", "points (es)", "id (en)"} {
		if got, ok := parseColumn(cell); ok {
			t.Errorf("%q is %+v", cell, got)
		}
	}
}
