package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

const mega = 1 << 20

// allocated tells how many bytes a call allocates in all: more than it ever holds.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func unreadableID(err error) string {
	if unreadable, ok := errors.AsType[*formats.Unreadable](err); ok {
		return unreadable.ID
	}
	return ""
}

// TestLongLine reads a line of 10 MB: its question is left out, the next one is not, and no
// more than a few times the file is allocated.
func TestLongLine(t *testing.T) {
	for name, line := range map[string]string{
		"a cell":     strings.Repeat("x", 10*mega) + ",b",
		"a quote":    `"` + strings.Repeat(`x""`, 3*mega) + `",b`,
		"cells":      strings.Repeat("x,", 5*mega),
		"open quote": `"` + strings.Repeat(`x `, 5*mega),
	} {
		file := []byte("text,answer\n" + line + "\nWho?,me\n")
		var doc *formats.Document
		var err error
		used := allocated(func() { doc, err = sheet.ReadCSV(t.Context(), file) })
		if err != nil || len(doc.Problems) == 0 {
			t.Fatalf("%s: %v, %v", name, doc.Problems, err)
		}
		if last := doc.Set.GetQuestions()[len(doc.Set.GetQuestions())-1]; last.GetText()[formats.Unknown] != "Who?" {
			t.Errorf("%s: %.80v is the last question", name, last)
		}
		if limit := uint64(16 * len(file)); used > limit {
			t.Errorf("%s: %d MB allocated", name, used/mega)
		}
	}
}

// TestManyRows stops at the limit of questions, and passes over rows without end.
func TestManyRows(t *testing.T) {
	_, err := sheet.ReadCSV(t.Context(), []byte("text,answer\n"+strings.Repeat("What?,this\n", 300_000)))
	if id := unreadableID(err); id != "format.sheet.too_many" {
		t.Errorf("questions: %v", err)
	}
	doc, err := sheet.ReadCSV(t.Context(), []byte("text,answer\n"+strings.Repeat(",\n", 500_000)+"What?,this\n"))
	if err != nil || len(doc.Set.GetQuestions()) != 1 {
		t.Errorf("empty rows: %v", err)
	}
	_, err = sheet.ReadCSV(t.Context(), []byte(strings.Repeat("no header here,and here\n", 300_000)))
	if id := unreadableID(err); id != "format.sheet.no_header" {
		t.Errorf("no header: %v", err)
	}
	_, err = sheet.ReadCSV(t.Context(), []byte("text,answer\n"+strings.Repeat(strings.Repeat(",", 400)+"x\n", 60_000)))
	if id := unreadableID(err); id != "format.sheet.too_wide" {
		t.Errorf("commas: %v", err)
	}
}

// parts makes a workbook of raw XML.
func parts(t *testing.T, sheetXML func(io.Writer) error) []byte {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	const head = `<?xml version="1.0" encoding="UTF-8"?>`
	for name, content := range map[string]string{
		"[Content_Types].xml": head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": head + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
			`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	} {
		member, err := archive.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(member, content); err != nil {
			t.Fatal(err)
		}
	}
	member, err := archive.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if err := sheetXML(member); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

const (
	worksheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	headerXML = `<row><c t="inlineStr"><is><t>text</t></is></c><c t="inlineStr"><is><t>correct</t></is></c></row>`
)

func repeat(start, text string, times int, end string) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, start); err != nil {
			return err
		}
		block := strings.Repeat(text, 1000)
		for range times / 1000 {
			if _, err := io.WriteString(w, block); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, end)
		return err
	}
}

// TestHostileWorkbooks refuses workbooks that mean harm, and leaves nothing behind.
func TestHostileWorkbooks(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	end := "</sheetData></worksheet>"
	for _, test := range []struct {
		name  string
		sheet func(io.Writer) error
		want  string
		mb    uint64 // allocated at most
	}{
		{"a bomb", repeat(worksheet, strings.Repeat("<row/>", 60), 1_000_000, end), "format.sheet.too_large", 8},
		{"the last column", repeat(worksheet+headerXML, `<row><c r="XFD1"><v>1</v></c></row>`, 100_000, end), "format.sheet.too_wide", 20_000},
		{"entities", repeat(`<!DOCTYPE a [<!ENTITY b "bbbb">]>`+worksheet+headerXML+"<row><c><v>&b;", "&b;", 1000, "</v></c></row>"+end), "format.sheet.damaged", 8},
		{"half", repeat(worksheet+headerXML, "<row><c><v>1</v></c></row>", 1000, "<row><c"), "format.sheet.damaged", 8},
		{"300,000 rows", repeat(worksheet+headerXML, `<row><c t="inlineStr"><is><t>a</t></is></c><c><v>1</v></c></row>`, 300_000, end), "format.sheet.too_many", 20_000},
	} {
		var err error
		data := parts(t, test.sheet)
		used := allocated(func() { _, err = sheet.ReadXLSX(t.Context(), data) })
		if id := unreadableID(err); id != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if used > test.mb*mega {
			t.Errorf("%s: %d MB allocated", test.name, used/mega)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind: %v, %v", test.name, left, err)
		}
	}
}
