package questions

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/sets"
)

var update = flag.Bool("update", false, "write the golden files anew")

// localeWords reads the words of the locale files.
func localeWords(t testing.TB) Words {
	t.Helper()
	words := map[string]map[string]any{}
	for _, lang := range []string{"en", "es"} {
		text, err := os.ReadFile("../locales/active." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		sentences := map[string]any{}
		if err := json.Unmarshal(text, &sentences); err != nil {
			t.Fatal(err)
		}
		words[lang] = sentences
	}
	return func(lang, id string) []string {
		sentence, ok := words[lang]["words."+id].(map[string]any)
		if !ok {
			return nil
		}
		return strings.Split(sentence["other"].(string), "|")
	}
}

func parseSet(t testing.TB, name string) *aulav1.QuestionSet {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	set, err := sets.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// What the facts of testdata/facts.yaml ask, as `aula check --expand` prints it.
func TestExpand(t *testing.T) {
	const golden = "testdata/facts.expanded.yaml"
	source := parseSet(t, "testdata/facts.yaml")
	written := proto.CloneOf(source)
	expanded, problems := Expand(source, localeWords(t))
	if problems != nil {
		t.Fatal(problems)
	}
	if !proto.Equal(source, written) {
		t.Error("Expand changed the source")
	}
	if *update {
		text, err := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(expanded)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Read back, it must also keep the constraints of the proto, as a written set does.
	if want := parseSet(t, golden); !proto.Equal(expanded, want) {
		text, _ := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(expanded)
		t.Errorf("go test -update writes the golden file anew; got\n%s", text)
	}
	if again, _ := Expand(expanded, localeWords(t)); !proto.Equal(again, expanded) {
		t.Error("expanding an expanded set changed it")
	}
}
