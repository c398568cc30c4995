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
	unknown := writeFile(t, "unknown.yaml", strings.Replace(factsSet, "language: en\n", "langage: en\n", 1))
	wrong := writeFile(t, "wrong.yaml", strings.Replace(strings.Replace(factsSet,
		"fact: height", "fact: width", 1), "mide {value}.", "mide 6263 m.", 1))
	for _, c := range []struct {
		name           string
		environment    []string
		args           []string
		code           int
		stdout, stderr []string // in the output
	}{
		{"fine", english, []string{fine}, 0, []string{
			"andes: 4 questions (written: 2, derived from facts: 2); en 4/4, es 3/4\n",
		}, nil},
		{"bien", spanish, []string{fine}, 0, []string{
			"andes: 4 preguntas (escritas: 2, derivadas de hechos: 2); en 4/4, es 3/4\n",
		}, nil},
		{"an unknown field", english, []string{unknown}, 1, nil, []string{
			unknown + " is not a question set as it should be:\n", unknown + ":4:1", `"langage"`,
		}},
		{"un campo desconocido", spanish, []string{unknown}, 1, nil, []string{
			unknown + " no es un conjunto de preguntas bien escrito:\n", unknown + ":4:1", `"langage"`,
		}},
		{"mistakes", english, []string{wrong}, 1, nil, []string{
			wrong + " has 2 mistakes:\n",
			`questions[0] "which": fact: there is no fact “width” in this set.` + "\n",
			`facts[0] "height": statement: does not say in “es” where the value belongs: write {value} there.` + "\n",
		}},
		{"errores", spanish, []string{wrong}, 1, nil, []string{
			wrong + " tiene 2 errores:\n",
			`questions[0] "which": fact: en este conjunto no hay ningún hecho «width».` + "\n",
			`facts[0] "height": statement: no dice en «es» dónde va el valor: escribe ahí {value}.` + "\n",
		}},
		{"a missing file beside a good one", spanish, []string{"/no/such.yaml", fine}, 1, []string{"andes: 4"}, []string{
			"No se puede leer /no/such.yaml: no such file or directory\n",
		}},
		{"no file", english, nil, 2, nil, []string{"See aula --help"}},
		{"expanded", english, []string{"--expand", fine, fine}, 0, []string{
			"id: height.choice", "es: 6263\u00a0m", "en: What is 6,263\u00a0m high?", "\n---\nid: andes\n",
		}, []string{"andes: 4 questions"}},
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
	if code != 0 || summary != "andes: 4 questions (written: 4, derived from facts: 0); en 4/4, es 3/4\n" {
		t.Errorf("exit code %d, said %q", code, summary)
	}
}
