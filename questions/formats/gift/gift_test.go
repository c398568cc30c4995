package gift_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aula/questions/formats"
	"aula/questions/formats/gift"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shared is the folder of other people's files to try.
func shared(t testing.TB, folder string) string {
	t.Helper()
	root := os.Getenv("AULA_SHARED")
	if root == "" {
		root = "../../../../shared"
	}
	folder = filepath.Join(root, "samples", folder)
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no samples of other programs: set AULA_SHARED to the folder that has samples/ in it (%v)", err)
	}
	return folder
}

// told writes problems a line each.
func told(problems formats.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%d:%d %s %q %s", p.Place.Line, p.Place.Column, p.Severity, p.Question, p.ID)
		if len(p.Args) > 0 {
			fmt.Fprintf(&b, " %v", p.Args)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestDump(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "gift"), "*"))
	for _, f := range files {
		data, _ := os.ReadFile(f)
		doc, err := gift.Read(data)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("==", filepath.Base(f), len(doc.Set.Questions), gift.Detect("x.txt", data), gift.Detect(f, data))
		for _, q := range doc.Set.Questions {
			fmt.Println("  ", q)
		}
		fmt.Print(told(doc.Problems))
	}
}
