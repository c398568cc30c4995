package sheet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// formulaStarts are what a spreadsheet takes for the beginning of a formula or, in front of
// one, passes over.
const formulaStarts = "=+-@\t\r\n"

func startsFormula(s string) bool { return s != "" && strings.IndexByte(formulaStarts, s[0]) >= 0 }

// guard writes a text so that no spreadsheet runs it: with an apostrophe in front of what
// looks like a formula. unguard gives it back.
func guard(s string) string {
	if number, ok := plainNumber(s); ok && writeNumber(number) == s {
		return s // -5 is a number, and runs nothing
	}
	if !startsFormula(s) && unguard(s) == s {
		return s
	}
	if guarded := "'" + s; unguard(guarded) == s {
		return guarded
	}
	return "' " + s
}

// unguard takes off the apostrophe that guard puts in front. An apostrophe that opens a
// quotation, as in "'-ing' forms", stays.
func unguard(s string) string {
	rest, ok := strings.CutPrefix(s, "'")
	if !ok {
		return s
	}
	spaceless := strings.TrimLeft(rest, " ")
	switch {
	case strings.HasPrefix(rest, "'"):
		if startsFormula(strings.TrimLeft(rest, "' ")) {
			return rest
		}
	case !startsFormula(spaceless):
	case spaceless != rest:
		return spaceless
	case !closesQuotation(rest):
		return rest
	}
	return s
}

// closesQuotation tells whether an apostrophe within a text stands behind a word.
func closesQuotation(s string) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[i+1:])
		if !unicode.IsLetter(next) {
			return true
		}
	}
	return false
}
