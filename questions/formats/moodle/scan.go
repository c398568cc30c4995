package moodle

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"aula/questions/formats"
)

// scanner goes from question to question, whatever stands between and within them, so that
// what is no XML in one is no matter to the next. Nothing outside of questions is parsed:
// no entity that a file declares is ever known.
type scanner struct {
	text string

	start, end int  // of the question in the text
	closed     bool // whether it has an end tag

	begin formats.Place // of the question
	at    int           // where to look on
	ended bool          // whether the end of the quiz was passed

	endless [len(wholes)]bool // whether no end of such a whole is left
}

const (
	startTag = "<question"
	endTag   = "</question>"
)

// next finds the next question.
func (s *scanner) next() bool {
	begin := s.find(s.at)
	if begin < 0 {
		return false
	}
	s.begin, s.start = s.place(begin), begin
	s.end, s.closed = s.close(begin + len(startTag))
	s.at = s.end
	return true
}

// find gives where the next question begins, -1 for nowhere.
func (s *scanner) find(from int) int {
	for i := from; i < len(s.text); {
		next := strings.IndexByte(s.text[i:], '<')
		if next < 0 {
			break
		}
		i += next
		switch {
		case isStart(s.text[i:]):
			return i
		case strings.HasPrefix(s.text[i:], "</quiz"):
			s.ended = true
		}
		i = s.skip(i)
	}
	return -1
}

// close gives where the question ends whose start tag has been passed: behind its end tag or
// before what cannot be within it.
func (s *scanner) close(from int) (end int, closed bool) {
	for i := from; i < len(s.text); {
		next := strings.IndexByte(s.text[i:], '<')
		if next < 0 {
			break
		}
		i += next
		rest := s.text[i:]
		switch {
		case strings.HasPrefix(rest, endTag):
			return i + len(endTag), true
		case isStart(rest), strings.HasPrefix(rest, "</quiz"):
			return i, false
		}
		i = s.skip(i)
	}
	return len(s.text), false
}

// wholes are what is passed as a whole, where it has an end.
var wholes = [...]struct{ open, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}}

// skip passes what begins at i. An end that was looked for and not found once is not there
// for what begins later either: to look again and again would take days.
func (s *scanner) skip(i int) int {
	for k, whole := range wholes {
		rest, ok := strings.CutPrefix(s.text[i:], whole.open)
		if !ok || s.endless[k] {
			continue
		}
		if at := strings.Index(rest, whole.end); at >= 0 {
			return i + len(whole.open) + at + len(whole.end)
		}
		s.endless[k] = true
	}
	return i + 1
}

func isStart(text string) bool {
	rest, ok := strings.CutPrefix(text, startTag)
	return ok && rest != "" && strings.IndexByte(" \t\r\n>/", rest[0]) >= 0
}

// cut reports, once next has found no more, whether the file ends too early.
func (s *scanner) cut() bool {
	return !s.ended && strings.Contains(s.text, "<quiz") || s.start < s.end && !s.closed && s.end == len(s.text)
}

// place of an offset in the text, behind the start of the question. It is counted from
// there: a file may be one long line.
func (s *scanner) place(at int) formats.Place {
	passed := s.text[s.start:max(s.start, min(at, len(s.text)))]
	place := s.begin
	if place.Line == 0 {
		place = formats.Place{Line: 1, Column: 1}
	}
	if newline := strings.LastIndexByte(passed, '\n'); newline >= 0 {
		place.Line += strings.Count(passed, "\n")
		place.Column = 1
		passed = passed[newline+1:]
	}
	place.Column += utf8.RuneCountInString(passed)
	return place
}

// tag is the place of the tag that ends at an offset of the question.
func (s *scanner) tag(end int64) formats.Place {
	at := s.start + int(min(end, int64(s.end-s.start)))
	if open := strings.LastIndexByte(s.text[s.start:at], '<'); open >= 0 {
		at = s.start + open
	}
	return s.place(at)
}

// decode reads the question. Where it is no XML it tells how far it got.
func (s *scanner) decode(q *question) (offset int64, err error) {
	d := xml.NewDecoder(strings.NewReader(s.text[s.start:s.end]))
	d.Entity = xml.HTMLEntity // &nbsp; and the like, each a single character
	if err = d.Decode(q); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return d.InputOffset(), err
}
