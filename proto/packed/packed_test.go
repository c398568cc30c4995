package packed_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
)

func texts(en, es string) map[string]string { return map[string]string{"en": en, "es": es} }

// birds says something before its questions and after them.
func birds() *aulav1.QuestionSet {
	return &aulav1.QuestionSet{
		Id: "birds", Title: texts("Birds", "Aves"), Language: "en", Facts: []*aulav1.Fact{{Id: "many"}, {Id: "few"}},
		Questions: []*aulav1.Question{
			{Id: "wren", Text: texts("A wren?", "¿Un chochín?"), Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 1}}},
			{},
			{Name: "Heron", Text: texts("A heron?", "¿Una garza?")},
		},
		Media: []*aulav1.Media{{Id: "wren", Alt: texts("A wren", "Un chochín")}}, Certainty: true, Stale: []string{"es"},
	}
}

// A packed set is written as its message is, and read back wherever its parts end.
func TestEncode(t *testing.T) {
	for _, set := range []*aulav1.QuestionSet{birds(), {Id: "empty"}, {Questions: birds().GetQuestions()}, {}} {
		content, err := packed.Of(set)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(content.Message(), set) || len(content.Head.GetQuestions()) > 0 {
			t.Errorf("packed is %v, want %v", content.Message(), set)
		}
		var wire bytes.Buffer
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
		if err := content.Encode(&wire); err != nil || !bytes.Equal(wire.Bytes(), want) {
			t.Errorf("%v: written is\n%q, want\n%q", err, wire.Bytes(), want)
		}
		if err != nil {
			t.Fatal(err)
		}
		for size := 1; size <= len(want); size++ {
			var d packed.Decoder
			for at := 0; at < len(want); at += size {
				d.Add(want[at:min(len(want), at+size)])
			}
			if got, err := d.Set(); err != nil || !proto.Equal(got.Message(), set) {
				t.Fatalf("in parts of %d read as %v, %v", size, got.Message(), err)
			}
		}
	}
}

// What is cut short is no set, and a text that is not UTF-8 no question.
func TestBroken(t *testing.T) {
	wire, err := proto.Marshal(birds())
	if err != nil {
		t.Fatal(err)
	}
	var d packed.Decoder
	d.Add(wire[:len(wire)-1])
	if set, err := d.Set(); err == nil {
		t.Errorf("cut short it is %v", set)
	}
	if _, err := packed.Of(&aulav1.QuestionSet{Questions: []*aulav1.Question{{Name: "\xff"}}}); err == nil {
		t.Error("it takes what is not UTF-8")
	}
}

func TestID(t *testing.T) {
	for want, q := range map[string]*aulav1.Question{"wren": birds().GetQuestions()[0], "": birds().GetQuestions()[2]} {
		wire, err := packed.Pack(q)
		if err != nil {
			t.Fatal(err)
		}
		if id := packed.ID(wire); id != want || !proto.Equal(packed.Unpack(wire), q) || !bytes.Equal(packed.Repack(q), wire) {
			t.Errorf("%v has the id %q", q, id)
		}
	}
}
