package library

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/template"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// sentences are those of the locale files of a language, read as data.
func sentences(t testing.TB, lang string) map[string]any {
	t.Helper()
	files, err := filepath.Glob("../../locales/*." + lang + ".json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(file, err)
		}
	}
	return all
}

// sayIn words sentences as a Locale does, for languages with two plural forms.
func sayIn(t testing.TB, lang string) func(id string, args map[string]any) string {
	t.Helper()
	all := sentences(t, lang)
	return func(id string, args map[string]any) string {
		var text string
		switch sentence := all[id].(type) {
		case string:
			text = sentence
		case map[string]any:
			form := "other"
			if args["Count"] == 1 && sentence["one"] != nil {
				form = "one"
			}
			text = sentence[form].(string)
		default:
			t.Errorf("no sentence %s in %s", id, lang)
			return id
		}
		var b strings.Builder
		if err := template.Must(template.New(id).Option("missingkey=error").Parse(text)).Execute(&b, args); err != nil {
			t.Error(err)
		}
		return b.String()
	}
}

// Every sentence that the package names is there in both languages.
func TestSentences(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	en, es := sentences(t, "en"), sentences(t, "es")
	id := regexp.MustCompile(`^library\.[a-z_]+[a-z]$`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, _ := strconv.Unquote(literal.Value); id.MatchString(text) && (en[text] == nil || es[text] == nil) {
					t.Errorf("%s names %s, which a locale lacks", file, text)
				}
			}
			return true
		})
	}
}

func TestReport(t *testing.T) {
	current, edited := parse(t, rivers), parse(t, rivers)
	edited.Questions[1].Text["en"] = "The Napo flows into the Amazon River."
	edited.Questions[7].Id = "another"
	edited.Questions[6].GetMatch().Pairs = nil
	f := fileOf(inNative, edited, Options{File: "ríos.yaml"})
	r := tryLoad(t, current, f)
	report := r.Report(sayIn(t, "es"), "es")
	if report.Outcome != aulav1.LoadReport_REFUSED || report.Summary != "No se cargó nada: primero hay que corregir 1 error." || report.ProblemCounts["ERROR"] != 1 {
		t.Errorf("report %v", report)
	}
	if p := report.Problems[0]; p.Message != "match.pairs: debe tener al menos 2 elementos" || p.Line != 70 || p.Question != "match" || p.Reason != "rule.repeated.min_items" {
		t.Errorf("problem %v", p)
	}
	f.options.Partial = true
	report = load(t, current, f).Report(sayIn(t, "es"), "es")
	if want := "«Ríos»: 1 pregunta agregada, 1 cambiada, 1 eliminada, 6 sin cambios, 1 omitida."; report.Summary != want || report.Outcome != 0 {
		t.Errorf("summary %q, want %q", report.Summary, want)
	}
	if report.Changes[0].Text != "El Napo desemboca en el Amazonas." || report.Title != "Ríos" || report.Set != "rivers" || report.LeftOut != 1 {
		t.Errorf("report %v", report)
	}
	report = load(t, current, fileOf(inNative, current, Options{})).Report(sayIn(t, "en"), "fr")
	if report.Outcome != aulav1.LoadReport_UNCHANGED || report.Summary != "“Rivers” says all of this already: nothing has changed." {
		t.Errorf("report %v", report)
	}
}

// What a kind is called is told in the language of the sentence around it.
func TestKindsAreWorded(t *testing.T) {
	set := parse(t, rivers)
	var ps formats.Problems
	for _, q := range append(set.GetQuestions(), &aulav1.Question{}) {
		ps.Add(formats.Skipped, formats.Place{}, q.GetId(), "format.plaintext.kind", "Kind", formats.Kind(q))
	}
	for lang, want := range map[string]string{
		"en": "choice, true/false, number, text, cloze, order, match, card, no kind",
		"es": "opción, verdadero/falso, número, texto, completar, ordenar, relacionar, tarjeta, ningún tipo",
	} {
		for i, kind := range strings.Split(want, ", ") {
			if told := TellProblems(ps, sayIn(t, lang))[i].GetMessage(); !strings.Contains(told, "“"+kind+"”") && !strings.Contains(told, "«"+kind+"»") {
				t.Errorf("%q does not name %s", told, kind)
			}
		}
	}
}

// Of too many problems the worst are told, in their order.
func TestTellProblems(t *testing.T) {
	var ps formats.Problems
	for i := range 3 * formats.MaxProblems {
		severity := formats.Note
		if i%3 == 0 && i > 30 {
			severity = formats.Error
		}
		ps.Add(severity, formats.Place{Line: i + 1}, fmt.Sprint(i), "library.empty_file")
	}
	told := TellProblems(ps, sayIn(t, "en"))
	if len(told) != formats.MaxProblems || told[len(told)-1].Severity != formats.Error || told[0].Severity != formats.Note {
		t.Errorf("%d are told, the last of them %v", len(told), told[len(told)-1])
	}
	for i := 1; i < len(told); i++ {
		if told[i].Line <= told[i-1].Line {
			t.Fatal("out of order")
		}
	}
}
