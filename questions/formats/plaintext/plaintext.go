// Package plaintext holds what the formats have in common that are written as plain text,
// in one language, by hand: GIFT, Aiken, Quizlet's.
package plaintext

import (
	"iter"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"aula/questions/formats"
)

// What proto/aula/v1 lets the texts of a question be, in code points.
const (
	MaxTitle    = 200
	MaxName     = 255
	MaxKey      = 255
	MaxTag      = 40
	MaxStem     = 4000 // also of an explanation and of the back of a card
	MaxOption   = 1000
	MaxItem     = 500
	MaxAnswer   = 200
	MaxFeedback = 2000
)

// What proto/aula/v1 lets there be of the parts of a question.
const (
	MaxTags     = 20
	MinOptions  = 2 // also of pairs
	MaxOptions  = 20
	MaxAccepted = 50 // also of wrong answers
	MaxNumbers  = 20 // beside the key
)

// MaxSource is how long, in bytes, a question may be in a file. It is far above what its
// texts may be, and bounds what is parsed at a time.
const MaxSource = 256 << 10

// Lines are those of a text with their numbers, from 1. They end in LF, CRLF or CR.
func Lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for number := 1; text != ""; number++ {
			line, rest := text, ""
			if i := strings.IndexAny(text, "\r\n"); i >= 0 {
				line, rest = text[:i], text[i+1:]
				if text[i] == '\r' {
					rest = strings.TrimPrefix(rest, "\n")
				}
			}
			if !yield(number, line) {
				return
			}
			text = rest
		}
	}
}

// TooLong tells the length of a text that has more code points than may be, 0 for others.
func TooLong(text string, limit int) int {
	if len(text) <= limit {
		return 0
	}
	if length := utf8.RuneCountInString(text); length > limit {
		return length
	}
	return 0
}

// Clip cuts a text after so many code points.
func Clip(text string, limit int) string {
	if TooLong(text, limit) == 0 {
		return text
	}
	count := 0
	for i := range text {
		if count == limit {
			return strings.TrimSpace(text[:i])
		}
		count++
	}
	return text
}

// Short gives the first words of a text in one line, to call a question by.
func Short(text string) string {
	const limit = 60
	if len(text) > 8*limit { // enough for any line of so many signs, however spaced
		text = strings.ToValidUTF8(text[:8*limit], "")
	}
	line := OneLine(text)
	if TooLong(line, limit) == 0 {
		return line
	}
	short := Clip(line, limit)
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return short + "…"
}

// OneLine writes each run of white space as one space.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Said is a text in the language that a file does not name; nil for no text.
func Said(text string) map[string]string {
	if text == "" {
		return nil
	}
	return map[string]string{formats.Unknown: text}
}

// Pattern is a regular expression that is compiled when it is first used: a server starts
// without it.
func Pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
