package sheet_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

// flavour is one of the formats of the package.
type flavour struct {
	detect func(name string, head []byte) int
	read   func(context.Context, []byte) (*formats.Document, error)
	write  func(io.Writer, *aulav1.QuestionSet, []string) (formats.Problems, error)
}

var flavours = map[string]flavour{
	"csv":  {sheet.DetectCSV, sheet.ReadCSV, sheet.WriteCSV},
	"tsv":  {sheet.DetectTSV, sheet.ReadTSV, sheet.WriteTSV},
	"xlsx": {sheet.DetectXLSX, sheet.ReadXLSX, sheet.WriteXLSX},
}

func TestRoundTrip(t *testing.T) {
	for name, f := range flavours {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				set := drawSet(t)
				var file bytes.Buffer
				problems, err := f.write(&file, set, langs)
				if err != nil || len(problems) > 0 {
					t.Fatalf("writing: %v %v", problems, err)
				}
				if score := f.detect("x", file.Bytes()); score < 90 {
					t.Fatalf("detected at %d", score)
				}
				doc, err := f.read(t.Context(), file.Bytes())
				if err != nil {
					t.Fatal(err)
				}
				if len(doc.Problems) > 0 {
					t.Fatalf("reading: %+v\nwrote\n%s", doc.Problems, prototext.Format(set))
				}
				if !proto.Equal(set, doc.Set) {
					t.Fatalf("wrote\n%s\nread\n%s", prototext.Format(set), prototext.Format(doc.Set))
				}
			})
		})
	}
}
