package main

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
)

// testTerminal is a terminal in that language, and what is printed there.
func testTerminal(t *testing.T, lang string) (*terminal, *bytes.Buffer) {
	t.Helper()
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	out, tag := &bytes.Buffer{}, language.Make(lang)
	return &terminal{bundle: bundle, locale: bundle.Match(tag), language: tag, stdout: out, stderr: out}, out
}

// everything is a report with all that one may tell.
func everything() *aulav1.LoadReport {
	r := &aulav1.LoadReport{
		Outcome: aulav1.LoadReport_DRAFTED, Set: "rios", Revision: 4, Summary: "Resumen.", LeftOut: 1,
		Problems: []*aulav1.LoadProblem{
			{Severity: aulav1.LoadProblem_NOTE, Element: "note 12", Message: "Vale la pena saberlo."},
			{Severity: aulav1.LoadProblem_WARNING, Row: 5, Question: "Capital", Message: "Falta algo."},
			{Severity: aulav1.LoadProblem_ERROR, Line: 12, Column: 3, Message: "No se entiende."},
			{Severity: aulav1.LoadProblem_SKIPPED, Line: 40, Message: "No hay tal tipo."},
			{Severity: aulav1.LoadProblem_ERROR, Row: 7, Cell: "AB", Question: "\x1b[2J", Message: "No es\nun número."},
			{Severity: aulav1.LoadProblem_ERROR, Message: "Todo el archivo."},
		},
		ProblemCounts: map[string]int32{"ERROR": 1003, "SKIPPED": 1, "WARNING": 1, "NOTE": 1},
		Changes: []*aulav1.QuestionChange{
			{Question: "nilo", Change: aulav1.QuestionChange_ADDED, Text: "¿Dónde está el Nilo?"},
			{
				Question: "napo", Change: aulav1.QuestionChange_CHANGED, Match: aulav1.QuestionChange_BY_CONTENT, Text: "¿Adónde va el Napo?",
				Fields: []*aulav1.FieldChange{
					{Path: "text.es", Before: "¿A dónde va el Napo?", After: "¿Adónde va el Napo?"},
					{Path: "explanation.es", After: "Al Amazonas."},
				},
			},
			{Question: "ganges", Change: aulav1.QuestionChange_REMOVED, Text: "¿Dónde está el Ganges?"},
		},
		SetChanges: []*aulav1.FieldChange{{Path: "title.es", Before: "Ríos", After: "Los ríos"}},
		Coverage:   []*aulav1.LanguageCoverage{{Language: "en", Questions: 12}, {Language: "es", Questions: 10, Stale: 2, StaleParts: []string{"title", "questions[napo]"}}, {Language: "qu", Questions: 1, Stale: 1}},
	}
	for range maxListed {
		r.SetChanges = append(r.SetChanges, &aulav1.FieldChange{Path: "facts[nilo].id", After: "nilo"})
	}
	for range maxListed + 2 {
		r.Changes = append(r.Changes, &aulav1.QuestionChange{Question: "otra", Change: aulav1.QuestionChange_ADDED, Text: "¿Otra?"})
	}
	return r
}

// A report is printed in order: the worst first, places in front, nothing that would reach
// the terminal as more than text, and long lists cut short.
func TestReport(t *testing.T) {
	terminal, out := testTerminal(t, "es-EC")
	terminal.paper(out).report("clase/ríos.csv", everything())
	want := `clase/ríos.csv: Resumen.
clase/ríos.csv:12:3: error: No se entiende.
clase/ríos.csv: fila 7, columna AB: error: « [2J»: No es un número.
clase/ríos.csv: error: Todo el archivo.
clase/ríos.csv:40: omitida: No hay tal tipo.
clase/ríos.csv: fila 5: aviso: «Capital»: Falta algo.
clase/ríos.csv: note 12: nota: Vale la pena saberlo.
  … y 1000 problemas más.
  ~ title.es: Ríos → Los ríos
` + strings.Repeat("  ~ facts[nilo].id: (nada) → nilo\n", maxListed-1) + `  … y 1 cambio más en el conjunto mismo (--json lo muestra).
  ~ napo: ¿Adónde va el Napo? (reconocida por lo que dice)
      text.es: ¿A dónde va el Napo? → ¿Adónde va el Napo?
      explanation.es: (nada) → Al Amazonas.
  - ganges: ¿Dónde está el Ganges?
  + nilo: ¿Dónde está el Nilo?
` + strings.Repeat("  + otra: ¿Otra?\n", maxListed-1) + `  + … y 3 preguntas más (--json las muestra).
  Idiomas: en 12/12, es 10/12 (2 textos desactualizados: cambió el original), qu 1/12 (1 texto desactualizado: cambió el original)
  Desactualizado en es: title, questions[napo]
  Los estudiantes todavía no lo ven: borrador 4 de rios. aula publish rios se lo muestra.
`
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out, want)
	}
}

// Colours stand around the words that they belong to, and only on paper that has them.
func TestReportInColour(t *testing.T) {
	terminal, out := testTerminal(t, "en")
	paper := &paper{terminal, out, true}
	paper.report("rivers.csv", everything())
	for _, text := range []string{
		"rivers.csv:12:3: \x1b[31merror\x1b[0m: ", "\x1b[33mwarning\x1b[0m: “Capital”: ", "\x1b[32m+\x1b[0m nilo: ", "\x1b[31m-\x1b[0m ganges",
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("printed\n%q\nwant in it %q", out, text)
		}
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		report *aulav1.LoadReport
		want   exitCode
	}{
		{&aulav1.LoadReport{Outcome: aulav1.LoadReport_PUBLISHED}, fine},
		{&aulav1.LoadReport{Outcome: aulav1.LoadReport_UNCHANGED}, fine},
		{&aulav1.LoadReport{Outcome: aulav1.LoadReport_CHECKED}, fine},
		{&aulav1.LoadReport{Outcome: aulav1.LoadReport_REFUSED, LeftOut: 1}, failed},
		{&aulav1.LoadReport{Outcome: aulav1.LoadReport_DRAFTED, LeftOut: 1}, incomplete},
	} {
		if got := outcomeOf(c.report); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.report, got, c.want)
		}
	}
	if worse(failed, incomplete) != failed || worse(incomplete, failed) != failed || worse(fine, incomplete) != incomplete {
		t.Error("of two outcomes the better one decides")
	}
}

func TestLifetimes(t *testing.T) {
	for text, hours := range map[string]float64{
		"365d": 8760, "1d": 24, "12h": 12, "90m": 1.5,
		"": 0, "d": 0, "0d": 0, "-1d": 0, "1.5d": 0, "999999999999d": 0, "106752d": 0, "-2h": 0, "un año": 0,
	} {
		got, ok := parseLifetime(text)
		if ok != (hours > 0) || ok && got.Hours() != hours {
			t.Errorf("%q is %v, %v", text, got, ok)
		}
	}
}
