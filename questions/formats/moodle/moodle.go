// Package moodle reads and writes Moodle XML, the format in which Moodle exports a question
// bank: https://docs.moodle.org/en/Moodle_XML_format.
//
// Moodle's grade of 1 is 10 points. The category that all questions share is the title of
// the set, categories below it are tags. General feedback is the explanation, and a hint
// costs what Moodle's penalty takes off for a further try. Questions that Moodle hides are
// left out.
package moodle

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"aula/questions/formats"
)

// Detect tells how likely a file is Moodle XML: 0 not at all, 100 certainly.
func Detect(name string, head []byte) int {
	text, _, err := formats.Text(head)
	if err != nil {
		return 0
	}
	switch root, inside := rootOf(text); {
	case root == "quiz" && strings.Contains(inside, "<question"):
		return 100
	case root == "quiz":
		return 80
	case root == "question" && strings.Contains(inside, "<questiontext"):
		return 90
	case root == "" && strings.Contains(text, "<quiz>") && strings.HasSuffix(strings.ToLower(name), ".xml"):
		return 50
	}
	return 0
}

// rootOf gives the name of the first element of an XML file, and what follows it. It is ""
// where anything but a prolog stands before it.
func rootOf(text string) (name, inside string) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		var end string
		switch {
		case strings.HasPrefix(text, "<!--"):
			end = "-->"
		case strings.HasPrefix(text, "<?"):
			end = "?>"
		case strings.HasPrefix(text, "<!DOCTYPE"):
			end = ">"
			if declared := strings.IndexByte(text, '['); declared >= 0 && declared < strings.IndexByte(text, '>') {
				end = "]>"
			}
		case strings.HasPrefix(text, "<"):
			at := strings.IndexAny(text, " \t\r\n/>")
			if at < 0 {
				return "", ""
			}
			return text[1:at], text[at:]
		default:
			return "", ""
		}
		_, rest, ok := strings.Cut(text, end)
		if !ok {
			return "", ""
		}
		text = rest
	}
}

var declaredEncoding = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)
})

// decode gives the text of a file in UTF-8. What the file says of its encoding counts where
// the bytes do not know better.
func decode(doc *formats.Document, data []byte) (string, error) {
	if declared := declaredEncoding().FindSubmatch(data[:min(len(data), 200)]); declared != nil && !utf8.Valid(data) {
		if encoding, name := charset.Lookup(string(declared[1])); encoding != nil && name != "utf-8" {
			if decoded, err := encoding.NewDecoder().Bytes(data); err == nil {
				return readable(doc, string(decoded)), nil
			}
		}
	}
	text, err := doc.Decode(data)
	return readable(doc, text), err
}

// readable puts spaces in the place of the control characters that XML may not hold: word
// processors leave some behind. Places stay what they are.
func readable(doc *formats.Document, text string) string {
	illegal := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}
	at := strings.IndexFunc(text, illegal)
	if at < 0 {
		return text
	}
	line := 1 + strings.Count(text[:at], "\n")
	doc.Problems.Add(formats.Warning, formats.Place{Line: line}, "", "format.moodle.control_characters")
	return strings.Map(func(r rune) rune {
		if illegal(r) {
			return ' '
		}
		return r
	}, text)
}

// Read reads a file of Moodle XML. A question that is wrong is reported and left out; so is
// one that is not XML, and reading goes on with the next. The error is an
// *formats.Unreadable or ctx's.
func Read(ctx context.Context, data []byte) (*formats.Document, error) {
	if len(data) > formats.MaxFile {
		return nil, &formats.Unreadable{ID: "format.moodle.too_large", Args: map[string]any{"Max": formats.MaxFile >> 20}}
	}
	doc := &formats.Document{}
	text, err := decode(doc, data)
	if err != nil {
		return nil, err
	}
	root, _ := rootOf(text)
	if root != "quiz" && root != "question" && !strings.Contains(text, "<quiz") {
		return nil, &formats.Unreadable{ID: "format.moodle.not_moodle", Args: map[string]any{"Root": root}}
	}
	r := newReader(doc)
	s := scanner{text: text}
	for s.next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(doc.Places) >= formats.MaxQuestions {
			doc.Problems.Add(formats.Error, s.place(s.start), "", "format.moodle.too_many", "Max", formats.MaxQuestions)
			break
		}
		r.question(&s)
	}
	if s.cut() {
		end := formats.Place{Line: 1 + strings.Count(strings.TrimRight(text, "\n"), "\n")}
		doc.Problems.Add(formats.Error, end, "", "format.moodle.cut_short")
	}
	r.finish()
	return doc, nil
}
