package library

import (
	"bytes"
	"strings"
	"unicode"

	"aula/questions/formats"
)

const (
	headSize  = 64 << 10 // what formats look at
	threshold = 30       // what a format must score
)

// detect finds out the format of a file. Where it is none that Aula reads, it says what the
// file is and what can be done.
func detect(name string, data []byte) (*format, *formats.Unreadable) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &formats.Unreadable{ID: "library.empty_file"}
	}
	if id := foreign(data); id != "" {
		return nil, &formats.Unreadable{ID: id}
	}
	var best *format
	score, tied := 0, false
	for _, f := range table {
		switch n := f.detect(name, data[:min(len(data), headSize)]); {
		case n > score:
			best, score, tied = f, n, false
		case n == score:
			tied = true
		}
	}
	if score >= threshold && !tied {
		return best, nil
	}
	if id := foreignArchive(data); id != "" {
		return nil, &formats.Unreadable{ID: id}
	}
	args := map[string]any{"Formats": strings.Join(Formats(), ", ")}
	if score >= threshold {
		return nil, &formats.Unreadable{ID: "library.several_formats", Args: args}
	}
	return nil, &formats.Unreadable{ID: "library.unknown_format", Args: args}
}

// signatures are how files begin that hold no questions Aula could read.
var signatures = []struct{ begins, id string }{
	{"%PDF-", "library.is_pdf"},
	{"\x89PNG\r\n", "library.is_picture"},
	{"\xff\xd8\xff", "library.is_picture"},
	{"GIF8", "library.is_picture"},
	{"%!PS", "library.is_picture"}, // EPS has both { and =, as GIFT does
	{"\xc5\xd0\xd3\xc6", "library.is_picture"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "library.is_old_office"},
	{"{\\rtf", "library.is_word"},
	{"\x1f\x8b", "library.is_packed"},
	{"Rar!", "library.is_packed"},
	{"7z\xbc\xaf\x27\x1c", "library.is_packed"},
}

// foreign gives the sentence for a file that is known by how it begins, or "".
func foreign(data []byte) string {
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.begins)) {
			return s.id
		}
	}
	if bytes.HasPrefix(data, []byte("RIFF")) && len(data) > 12 && string(data[8:12]) == "WEBP" {
		return "library.is_picture"
	}
	return foreignMarkup(data)
}

// roots are the first elements of XML and HTML files that Aula does not read.
var roots = map[string]string{
	"html": "library.is_html", "svg": "library.is_picture",
	"manifest": "library.is_qti", "assessmentitem": "library.is_qti", "assessmenttest": "library.is_qti",
	"qti-assessment-item": "library.is_qti", "qti-assessment-test": "library.is_qti", "questestinterop": "library.is_qti",
}

// foreignMarkup tells by its first element what a file is that begins with one.
func foreignMarkup(data []byte) string {
	text, _, err := formats.Text(data[:min(len(data), headSize)&^1]) // whole units of UTF-16
	if err != nil {
		return ""
	}
	for {
		text = strings.TrimSpace(text)
		if !strings.HasPrefix(text, "<") {
			return ""
		}
		end := ">"
		switch {
		case strings.HasPrefix(text, "<!--"):
			end = "-->"
		case len(text) > 9 && strings.EqualFold(text[:9], "<!doctype"):
			if kind := strings.TrimSpace(text[9:]); len(kind) >= 4 && strings.EqualFold(kind[:4], "html") {
				return "library.is_html"
			}
		case !strings.HasPrefix(text, "<?"):
			name, _, _ := strings.Cut(text[1:min(len(text), 80)], ">")
			if space := strings.IndexFunc(name, unicode.IsSpace); space >= 0 {
				name = name[:space]
			}
			if _, local, prefixed := strings.Cut(name, ":"); prefixed {
				name = local
			}
			return roots[strings.ToLower(strings.TrimSuffix(name, "/"))]
		}
		_, rest, found := strings.Cut(text, end)
		if !found {
			return ""
		}
		text = rest
	}
}

// members are names that archives hold which are not Aula's to read.
var members = []struct{ name, id string }{
	{"h5p.json", "library.is_h5p"},
	{"imsmanifest.xml", "library.is_qti"},
	{"moodle_backup.xml", "library.is_moodle_backup"},
	{"word/document.xml", "library.is_word"},
	{"ppt/presentation.xml", "library.is_word"},
	{"application/vnd.oasis.opendocument.spreadsheet", "library.is_opendocument_sheet"},
	{"application/vnd.oasis.opendocument", "library.is_word"},
	{"xl/workbook.", "library.is_other_sheet"},
}

// foreignArchive tells what a zip archive is that no format takes, by the names in it, which
// are written out; "" where it is none.
func foreignArchive(data []byte) string {
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) && !bytes.HasPrefix(data, []byte("PK\x05\x06")) {
		return ""
	}
	for _, m := range members {
		if bytes.Contains(data, []byte(m.name)) {
			return m.id
		}
	}
	return "library.is_packed"
}
