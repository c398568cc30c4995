package sheet_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

// again writes what was read and reads it back: what the writer does not complain of comes
// back as it was.
func again(t *testing.T, doc *formats.Document, f flavour) {
	t.Helper()
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Fatalf("%d places of %d questions", len(doc.Places), len(doc.Set.GetQuestions()))
	}
	if len(doc.Set.GetQuestions()) == 0 {
		return
	}
	var file bytes.Buffer
	problems, err := f.write(&file, doc.Set, languagesIn(t, doc.Set))
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		return
	}
	back, err := f.read(t.Context(), file.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, file.String())
	}
	if len(back.Set.GetQuestions()) != len(doc.Set.GetQuestions()) {
		t.Fatalf("%d questions of %d", len(back.Set.GetQuestions()), len(doc.Set.GetQuestions()))
	}
	for i, q := range back.Set.GetQuestions() {
		if !proto.Equal(q, doc.Set.GetQuestions()[i]) {
			t.Fatalf("read\n%s\nand back\n%s\n%+v", prototext.Format(doc.Set.GetQuestions()[i]), prototext.Format(q), back.Problems)
		}
	}
}

// languagesIn lists the languages of all texts of a set.
func languagesIn(t *testing.T, set *aulav1.QuestionSet) []string {
	t.Helper()
	found := map[string]bool{}
	err := protorange.Range(set.ProtoReflect(), func(p protopath.Values) error {
		if step := p.Index(-1).Step; step.Kind() == protopath.MapIndexStep {
			found[step.MapIndex().String()] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

func FuzzReadCSV(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.?sv")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "template.csv") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\xFF\xFEt\x00e\x00x\x00t\x00,\x00a\x00n\x00s\x00w\x00e\x00r\x00\n\x00a\x00,\x00b\x00"))
	f.Add([]byte("text,correct\n0,|0\n"))
	f.Add([]byte("text;answer\r\"a\r\nb\";'=1\r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sheet.DetectCSV("x.csv", data)
		sheet.DetectTSV("x.tsv", data)
		doc, err := sheet.ReadCSV(t.Context(), data)
		if err != nil {
			if unreadableID(err) == "" {
				t.Fatal(err)
			}
			return
		}
		again(t, doc, flavours["csv"])
	})
}

func FuzzReadXLSX(f *testing.F) {
	for _, langs := range [][]string{{"en", "es"}, {"es"}} {
		var file bytes.Buffer
		if err := sheet.Template(&file, "xlsx", langs, truths, sayID); err != nil {
			f.Fatal(err)
		}
		f.Add(file.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sheet.DetectXLSX("x.xlsx", data)
		doc, err := sheet.ReadXLSX(t.Context(), data)
		if err != nil {
			if unreadableID(err) == "" {
				t.Fatal(err)
			}
			return
		}
		again(t, doc, flavours["xlsx"])
	})
}

// FuzzReadSheet reads a worksheet within a workbook that is whole otherwise.
func FuzzReadSheet(f *testing.F) {
	f.Add([]byte(worksheet + headerXML + `<row r="7"><c r="A7" t="inlineStr"><is><t>a</t></is></c><c r="B7" t="b"><v>1</v></c></row></sheetData></worksheet>`))
	f.Add([]byte(worksheet + headerXML + `<row><c t="s"><v>5</v></c><c s="3"><f>1+1</f><v>2</v></c></row></sheetData></worksheet>`))
	f.Add([]byte(worksheet + headerXML + `<row><c r="XFE9999999"/><c t="e"><v>#REF!</v></c></row></sheetData></worksheet>`))
	f.Fuzz(func(t *testing.T, xml []byte) {
		doc, err := sheet.ReadXLSX(t.Context(), parts(t, repeat(string(xml), "", 0, "")))
		if err != nil {
			if unreadableID(err) == "" {
				t.Fatal(err)
			}
			return
		}
		again(t, doc, flavours["xlsx"])
	})
}
