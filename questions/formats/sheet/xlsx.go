package sheet

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// Limits on a workbook. Worksheets and texts above inMemory are unpacked into temporary
// files, so that what is held in memory is bounded by what a row and the questions need.
const (
	maxUnpacked = 192 << 20
	maxMembers  = 2000
	inMemory    = 16 << 20
	maxRow      = 1 << 20 // a spreadsheet has no more
)

var (
	zipStart = []byte("PK\x03\x04")
	oleStart = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}
)

// DetectXLSX tells how likely a file is an Excel workbook: 0 to 100.
func DetectXLSX(name string, head []byte) int {
	name = strings.ToLower(name)
	named := strings.HasSuffix(name, ".xlsx") || strings.HasSuffix(name, ".xlsm")
	switch {
	case bytes.HasPrefix(head, oleStart) && (named || strings.HasSuffix(name, ".xls")):
		return likely
	case !bytes.HasPrefix(head, zipStart):
		return 0
	case bytes.Contains(head, []byte("xl/workbook.xml")), bytes.Contains(head, []byte("xl/worksheets/")):
		return certain
	case named:
		return likely
	}
	return 0
}

// ReadXLSX reads the first sheet of a workbook that has the layout. The error is a
// *formats.Unreadable or ctx's.
func ReadXLSX(ctx context.Context, data []byte) (*formats.Document, error) {
	doc, err := readXLSX(ctx, data)
	if given := ctx.Err(); given != nil { // whatever a workbook that is half read looks like
		return nil, given
	}
	return doc, err
}

func readXLSX(ctx context.Context, data []byte) (doc *formats.Document, err error) {
	if bytes.HasPrefix(data, oleStart) {
		return nil, &formats.Unreadable{ID: "format.sheet.old_excel"}
	}
	if err := checkWorkbook(ctx, data); err != nil {
		return nil, err
	}
	defer func() { // the library is not written for files that mean harm
		if recover() != nil {
			doc, err = nil, damaged()
		}
	}()
	limits := excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: inMemory}
	book, err := excelize.OpenReader(bytes.NewReader(data), limits)
	if err != nil {
		return nil, damaged()
	}
	defer book.Close() // removes the temporary files
	return readWorkbook(ctx, book)
}

func readWorkbook(ctx context.Context, book *excelize.File) (*formats.Document, error) {
	var first error // what is wrong with the first sheet that is nearly one
	for _, name := range book.GetSheetList() {
		r := newReader(&formats.Document{Set: &aulav1.QuestionSet{}})
		if err := eachRow(ctx, book, name, r.row); err != nil {
			continue // a sheet of charts
		}
		doc, err := r.finish()
		if err == nil {
			return doc, nil
		}
		unreadable, ok := errors.AsType[*formats.Unreadable](err)
		if first == nil && ok && unreadable.ID != "format.sheet.no_header" {
			first = err
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, &formats.Unreadable{ID: "format.sheet.no_header"}
}

// eachRow reads the rows of a sheet one by one, twice at once: as they are stored, and as
// they are shown, which tells percentages, dates and truths from mere numbers.
func eachRow(ctx context.Context, book *excelize.File, sheet string, row func(n int, cells []string) bool) error {
	stored, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	defer stored.Close()
	shown, err := book.Rows(sheet)
	if err != nil {
		return err
	}
	defer shown.Close()
	props, err := book.GetWorkbookProps()
	if err != nil {
		return err
	}
	since1904 := props.Date1904 != nil && *props.Date1904
	for n := 1; n <= maxRow && ctx.Err() == nil && stored.Next() && shown.Next(); n++ {
		cells, err := stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return err
		}
		as, err := shown.Columns()
		if err != nil {
			return err
		}
		empty := true
		for i, cell := range cells {
			if i < len(as) && as[i] != cell {
				cells[i] = typed(cell, as[i], since1904)
			}
			empty = empty && strings.TrimSpace(cell) == ""
		}
		if !empty && !row(n, cells) {
			return nil
		}
	}
	return nil
}

// checkWorkbook looks at a workbook before anything is made of it: how much there is to be
// unpacked, and whether its sheets are whole.
func checkWorkbook(ctx context.Context, data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return damaged()
	}
	var unpacked uint64
	for _, member := range archive.File {
		unpacked += min(member.UncompressedSize64, maxUnpacked+1)
	}
	if unpacked > maxUnpacked || len(archive.File) > maxMembers {
		return &formats.Unreadable{ID: "format.sheet.too_large", Args: map[string]any{"Max": maxUnpacked >> 20}}
	}
	for _, member := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(member.Name, `\`, "/"))
		if path.Dir(name) != "xl/worksheets" && name != "xl/sharedstrings.xml" {
			continue
		}
		if !whole(ctx, member) {
			return damaged()
		}
	}
	return nil
}

// whole tells whether a member of the archive is XML to its end: the library takes a break
// for the end.
func whole(ctx context.Context, member *zip.File) bool {
	content, err := member.Open()
	if err != nil {
		return false
	}
	defer content.Close()
	decoder := xml.NewDecoder(content)
	for ctx.Err() == nil {
		_, err := decoder.RawToken()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
	return false
}

func damaged() error { return &formats.Unreadable{ID: "format.sheet.damaged"} }
