package sheet

import (
	"slices"
	"strings"
)

// splitList cuts a cell into its parts: at its bars or, where it has none, its lines.
// several says that one part alone makes no sense, so that semicolons will do as well.
func splitList(cell string, several bool) []string {
	if cell == "" {
		return nil
	}
	parts := splitAt(cell, '|')
	if len(parts) == 1 {
		parts = slices.DeleteFunc(strings.Split(cell, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	}
	if len(parts) == 1 && several {
		parts = splitAt(cell, ';')
	}
	for i, part := range parts {
		parts[i] = strings.TrimSpace(unescape(part, '|'))
	}
	return parts
}

// splitAt cuts a text at a sign that has no backslash in front.
func splitAt(s string, sign byte) (parts []string) {
	from := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == sign:
			i++
		case s[i] == sign:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// joinList writes parts into a cell.
func joinList(parts []string) string {
	escaped := make([]string, len(parts))
	empty := true
	for i, part := range parts {
		escaped[i] = escape(part, '|')
		empty = empty && part == ""
	}
	switch {
	case empty:
		return ""
	case len(parts) == 1 && strings.ContainsAny(parts[0], "\n;"):
		return escaped[0] + " |"
	}
	return strings.TrimSpace(strings.Join(escaped, " | "))
}

func escape(s string, sign byte) string {
	return strings.ReplaceAll(s, string(sign), `\`+string(sign))
}

func unescape(s string, sign byte) string {
	return strings.ReplaceAll(s, `\`+string(sign), string(sign))
}

// splitWords cuts a cell of words: at its bars or, where it has none, at semicolons or else
// at commas.
func splitWords(cell string) []string {
	words := splitAt(cell, '|')
	for _, sign := range []byte{'\n', ';', ','} {
		if len(words) == 1 {
			words = splitAt(cell, sign)
		}
	}
	for i, word := range words {
		words[i] = strings.TrimSpace(unescape(word, '|'))
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" })
}

// joinWords writes words into a cell, with commas where they have none themselves.
func joinWords(words []string) string {
	if !slices.ContainsFunc(words, func(word string) bool { return strings.ContainsAny(word, "|\n;,\\") }) {
		return strings.Join(words, ", ")
	}
	if len(words) == 1 {
		return escape(words[0], '|') + " |"
	}
	return joinList(words)
}

// letter is what part i of a question is called: A, B … Z.
func letter(i int) string { return string(rune('A' + i)) }
