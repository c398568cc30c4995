package sets_test

import (
	"testing"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// What is kept in wire form says the same as what is made anew, for every question, in
// every way of asking and every order, however often it is asked for.
func TestEncoded(t *testing.T) {
	all, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	readers := []questions.Reader{
		{language.English}, {language.MustParse("es-EC")}, {language.MustParse("es-MX")}, {language.French},
	}
	for _, source := range all {
		set, err := questions.Compile(source, localeWords(t))
		if err != nil {
			t.Fatal(err)
		}
		for seed := range int64(40) {
			for _, q := range set.Questions {
				r := readers[seed%int64(len(readers))]
				play := questions.Play{Seed: seed / 2, Exam: seed%3 == 0, Cards: seed%5 == 0}
				prompt := &aulav1.Prompt{}
				if err := proto.Unmarshal(set.EncodedPrompt(q, r, play), prompt); err != nil {
					t.Fatal(err)
				}
				if want := set.Prompt(q, r, play); !proto.Equal(prompt, want) {
					t.Fatalf("%s for %v in %+v: kept as %v, made as %v", q.Source.GetId(), r, play, prompt, want)
				}
				key, want := &aulav1.Outcome{}, &aulav1.Outcome{}
				if err := proto.Unmarshal(set.EncodedKey(q, r, play), key); err != nil {
					t.Fatal(err)
				}
				if set.Reveal(q, want, r, play); !proto.Equal(key, want) {
					t.Fatalf("%s for %v in %+v: the key is kept as %v, made as %v", q.Source.GetId(), r, play, key, want)
				}
			}
		}
	}
}
