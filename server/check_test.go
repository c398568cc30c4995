package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"aula/locales"
	"aula/questions"
	"aula/questions/sets"
)

// factsSet is a set of two written and two derived questions, one of them in English only.
const factsSet = `
id: andes
title: {en: The Andes, es: Los Andes}
language: en
facts:
  - id: height
    statement: {en: "Chimborazo is {value} high.", es: "El Chimborazo mide {value}."}
    value:
      number: {value: 6263, unit: {en: m, es: m}}
    ask: [CHOICE, CARD]
questions:
  - id: which
    fact: height
    text: {en: "What is {value} high?", es: "¿Qué mide {value}?"}
    text_entry: {accepted: [{text: {en: Chimborazo, es: Chimborazo}}]}
  - id: where
    text: {en: "Where is it?"}
    text_entry: {accepted: [{text: {en: Ecuador}}]}
`

func writeFile(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheck(t *testing.T) {
	english, spanish := []string{"LC_ALL=en_US.UTF-8"}, []string{"LC_ALL=es_EC.UTF-8"}
	fine := writeFile(t, "fine.yaml", factsSet)
	wrong := writeFile(t, "wrong.yaml", strings.Replace(strings.Replace(factsSet,
		"fact: height", "fact: width", 1), "mide {value}.", "mide 6263 m.", 1))
	half := writeFile(t, "half.yaml", `
id: half
title: {en: Half of it}
language: en
questions:
  - {id: good, text: {en: "Where is it?"}, text_entry: {accepted: [{text: {en: Ecuador}}]}}
  - {id: bad, text: {en: "Which is it?"}, choice: {options: [{id: a, text: {en: This}}, {id: b, text: {en: That}}]}}
`)
	for _, c := range []struct {
		name           string
		environment    []string
		args           []string
		code           int
		stdout, stderr []string // in the output
	}{
		{"fine", english, []string{fine}, 0, []string{
			fine + ": “The Andes”: 2 questions added.\n", "  Languages: en 4/4, es 3/4\n", "  Nothing was written.\n",
		}, nil},
		{"bien", spanish, []string{fine}, 0, []string{
			fine + ": «Los Andes»: 2 preguntas agregadas.\n", "  Idiomas: en 4/4, es 3/4\n", "  No se escribió nada.\n",
		}, nil},
		{"mistakes", english, []string{wrong}, 1, []string{
			wrong + ": Nothing was loaded: 2 mistakes must be mended first.\n",
			"error: “which”: fact: there is no fact “width” in this set.\n",
			"does not say in “es” where the value belongs: write {value} there.\n",
		}, nil},
		{"errores", spanish, []string{wrong}, 1, []string{
			wrong + ": No se cargó nada: primero hay que corregir 2 errores.\n",
			"error: «which»: fact: en este conjunto no hay ningún hecho «width».\n",
			"no dice en «es» dónde va el valor: escribe ahí {value}.\n",
		}, nil},
		{"the good questions", english, []string{"--partial", half}, 3, []string{"1 question added, 1 left out", "Languages: en 1/1"}, nil},
		{"for programs", english, []string{"--json", fine}, 0, []string{`"outcome": "CHECKED"`, `"added": 2`}, nil},
		{"a missing file beside a good one", spanish, []string{"/no/such.yaml", fine}, 1, []string{"«Los Andes»"}, []string{
			"No existe el archivo /no/such.yaml. Revisa el nombre y la carpeta.\n",
		}},
		{"no file", english, nil, 2, nil, []string{"See aula --help"}},
		{"expanded", english, []string{"--expand", fine, fine}, 0, []string{
			"id: height.choice", "es: 6263\u00a0m", "en: What is 6,263\u00a0m high?", "\n---\nid: andes\n",
		}, []string{"“The Andes”: 2 questions added"}},
		{"nothing to expand", english, []string{"--expand", wrong}, 1, nil, []string{"2 mistakes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := command(t, c.environment, append([]string{"check"}, c.args...)...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, output := range []struct {
				printed string
				wanted  []string
			}{{stdout, c.stdout}, {stderr, c.stderr}} {
				if output.printed != "" && output.wanted == nil {
					t.Errorf("printed\n%s\nwant nothing", output.printed)
				}
				for _, text := range output.wanted {
					if !strings.Contains(output.printed, text) {
						t.Errorf("printed\n%s\nwant in it %q", output.printed, text)
					}
				}
			}
		})
	}
}

// What --expand prints is itself a set file, with the same questions all written.
func TestExpandedSetIsASet(t *testing.T) {
	code, printed, _ := command(t, nil, "check", "--expand", writeFile(t, "set.yaml", factsSet))
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	expanded, err := sets.Parse("expanded.yaml", []byte(printed))
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	source, err := sets.Parse("set.yaml", []byte(factsSet))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := questions.Compile(source, bundle.Words)
	if err != nil {
		t.Fatal(err)
	}
	if len(expanded.GetQuestions()) != len(compiled.Questions) {
		t.Fatalf("%d questions, want %d", len(expanded.GetQuestions()), len(compiled.Questions))
	}
	for i, q := range compiled.Questions {
		if !proto.Equal(expanded.GetQuestions()[i], q.Source) {
			t.Errorf("printed %v, asked %v", expanded.GetQuestions()[i], q.Source)
		}
	}
	code, summary, _ := command(t, []string{"LC_ALL=en"}, "check", writeFile(t, "expanded.yaml", printed))
	if code != 0 || !strings.Contains(summary, "4 questions added.\n") || !strings.Contains(summary, "Languages: en 4/4, es 3/4\n") {
		t.Errorf("exit code %d, said %q", code, summary)
	}
}
