package gift

import (
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// In Moodle * always stands for any text, and only \* for itself. In Aula that is so where
// a question says it has wildcards, and then \\ is a backslash.

// hasWildcard reports whether Moodle takes an answer for a pattern.
func hasWildcard(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, `\*`, ""), "*")
}

// fromWildcards turns answers as Moodle has them into Aula's.
func fromWildcards(t *aulav1.TextQuestion) {
	for _, accepted := range t.GetAccepted() {
		t.Wildcards = t.GetWildcards() || hasWildcard(textOf(accepted.GetText()))
	}
	each := func(text map[string]string, pattern bool) {
		for lang, written := range text {
			if pattern {
				text[lang] = asPattern(written)
			} else {
				text[lang] = strings.ReplaceAll(written, `\*`, "*")
			}
		}
	}
	for _, accepted := range t.GetAccepted() {
		each(accepted.GetText(), t.GetWildcards())
	}
	for _, wrong := range t.GetWrong() {
		each(wrong.GetText(), false)
	}
}

// asPattern escapes the backslashes that do not escape a *.
func asPattern(text string) string {
	var pattern strings.Builder
	for i := range len(text) {
		if text[i] == '\\' && (i+1 == len(text) || text[i+1] != '*') {
			pattern.WriteByte('\\')
		}
		pattern.WriteByte(text[i])
	}
	return pattern.String()
}

// toWildcards gives an accepted text as Moodle has it. It cannot say a backslash that stands
// before a wildcard: that would be no wildcard.
func toWildcards(text string, wildcards bool) (written string, ok bool) {
	if !wildcards {
		return strings.ReplaceAll(text, "*", `\*`), true
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '*' && strings.HasSuffix(b.String(), `\`):
			return "", false
		case text[i] == '\\' && strings.HasPrefix(text[i+1:], "*"):
			b.WriteString(`\*`)
			i++
		case text[i] == '\\' && strings.HasPrefix(text[i+1:], `\`):
			b.WriteByte('\\')
			i++
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), true
}

func textOf(text map[string]string) string { return text[formats.Unknown] }
