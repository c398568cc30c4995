package sheet_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

// workbook makes a file as Excel would, of sheets of cells by name.
func workbook(t *testing.T, build func(book *excelize.File) error) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	if err := build(book); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func setRows(book *excelize.File, sheet string, first int, rows ...[]any) error {
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, first+i)
		if err != nil {
			return err
		}
		if err := book.SetSheetRow(sheet, cell, &row); err != nil {
			return err
		}
	}
	return nil
}

// TestTypedCells reads numbers, percentages, days, times, truths and formulas as a teacher
// typed them, on the second sheet of a book.
func TestTypedCells(t *testing.T) {
	data := workbook(t, func(book *excelize.File) error {
		if err := setRows(book, "Sheet1", 1, []any{"Notes of mine"}, []any{"text", "nothing else"}); err != nil {
			return err
		}
		if _, err := book.NewSheet("Quiz"); err != nil {
			return err
		}
		err := setRows(book, "Quiz", 3,
			[]any{"text (en)", "correct", "answer (en)", "tolerance", "time limit"},
			[]any{"boolean", true},
			[]any{"percent", 0.6, nil, 0.05},
			[]any{"float", 0.1 + 0.2, nil, 0.005},
			[]any{"date", nil, time.Date(1922, 5, 24, 0, 0, 0, 0, time.UTC)},
			[]any{"date", nil, time.Date(2008, 9, 28, 0, 0, 0, 0, time.UTC)},
			[]any{"formula"},
			[]any{"time", 5, nil, nil, 90.0 / 60 / 24},
			[]any{"large", 6.02214076e23},
			[]any{"grouped", 1234567.5},
		)
		if err != nil {
			return err
		}
		for cell, format := range map[string]int{"B5": 9, "D5": 9, "E10": 20, "B11": 11, "B12": 4} {
			style, err := book.NewStyle(&excelize.Style{NumFmt: format})
			if err != nil {
				return err
			}
			if err := book.SetCellStyle("Quiz", cell, cell, style); err != nil {
				return err
			}
		}
		if err := book.SetCellFormula("Quiz", "B9", "2*21"); err != nil {
			return err
		}
		return book.SetCellValue("Quiz", "B9", 42)
	})
	doc, err := sheet.ReadXLSX(t.Context(), data)
	golden(t, "testdata/typed-cells.golden", tell(t, doc, err))
}

// samples gives the folder of other programs' files, which are no part of the repository.
func samples(t *testing.T, name string) string {
	t.Helper()
	shared := os.Getenv("AULA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared")
	}
	folder := filepath.Join(shared, "samples", name)
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the samples are not here: set AULA_SHARED to their folder")
	}
	return folder
}

// TestKahoot reads Kahoot's own template, whose example has right answers only, and a quiz
// made with it.
func TestKahoot(t *testing.T) {
	folder := samples(t, "kahoot")
	for file, want := range map[string]int{"Kahoot-Quiz-Spreadsheet-Template.xlsx": 0, "kahoot-quiz-from-csv.xlsx": 16} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		if score := sheet.DetectXLSX(file, data[:min(len(data), 64<<10)]); score < 90 {
			t.Errorf("%s: detected at %d", file, score)
		}
		doc, err := sheet.ReadXLSX(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(doc.Set.GetQuestions()); n != want {
			t.Errorf("%s: %d questions", file, n)
		}
		for _, q := range doc.Set.GetQuestions() {
			if len(q.GetChoice().GetOptions()) != 4 || q.GetTimeLimit().GetSeconds() == 0 {
				t.Errorf("%s: %v", file, q)
			}
		}
	}
}

// TestOwnKahoot reads a sheet with Kahoot's header, whose texts are no CommonMark.
func TestOwnKahoot(t *testing.T) {
	data := workbook(t, func(book *excelize.File) error {
		return setRows(book, "Sheet1", 8,
			[]any{
				nil, "Question - max 120 characters", "Answer 1 - max 75 characters", "Answer 2 - max 75 characters",
				"Time limit (sec) – 5, 10, 20 secs", "Correct answer(s) - choose at least one",
			},
			[]any{1, "Is *this* 2 < 3?", "yes", "no", 20, 1}, []any{2, "Which?", "this", "that", 30, "1,2"}, []any{3}, []any{4, "Which not?", "that", "this", 60, "2"},
		)
	})
	doc, err := sheet.ReadXLSX(t.Context(), data)
	golden(t, "testdata/kahoot.golden", tell(t, doc, err))
}

// TestUnreadable refuses what is no such sheet, for a reason that a teacher understands.
func TestUnreadable(t *testing.T) {
	read := map[string]func(context.Context, []byte) (*formats.Document, error){"csv": sheet.ReadCSV, "xlsx": sheet.ReadXLSX}
	whole := workbook(t, func(book *excelize.File) error {
		return setRows(book, "Sheet1", 1, []any{"text", "answer"}, []any{"a", "b"})
	})
	for _, test := range []struct {
		name, format string
		data         []byte
		want         string
	}{
		{"nothing", "csv", nil, "format.sheet.no_header"},
		{"prose", "csv", []byte("Dear all,\nthis is no sheet; not at all.\n"), "format.sheet.no_header"},
		{"no text", "csv", []byte("options,correct\na | b,A\n"), "format.sheet.no_text_column"},
		{"binary", "csv", []byte("\x00\x01\xFF\xFE\x00"), "format.not_text"},
		{"old Excel", "xlsx", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), "format.sheet.old_excel"},
		{"no archive", "xlsx", []byte("text,answer\na,b\n"), "format.sheet.damaged"},
		{"cut short", "xlsx", whole[:len(whole)/2], "format.sheet.damaged"},
		{"no sheet", "xlsx", workbook(t, func(*excelize.File) error { return nil }), "format.sheet.no_header"},
		{"too wide", "csv", []byte("text,answer" + strings.Repeat(",x", 1000) + "\n"), "format.sheet.too_wide"},
	} {
		_, err := read[test.format](t.Context(), test.data)
		unreadable, ok := err.(*formats.Unreadable) //nolint:errorlint // no other error is returned
		if !ok || unreadable.ID != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}
