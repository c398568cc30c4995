package gift

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// formula is TeX within a text: between $ and $, $$ and $$, \( and \) or \[ and \], in one
// line.
type formula struct {
	from, to int
	raw      bool // its author did not escape its braces, nor its backslashes
	signs    bool // it holds signs of GIFT that are not escaped
}

const maxFormula = 1000 // bytes

// findFormulas finds the formulas of a text, which do not overlap.
func findFormulas(text string) (found []formula) {
	if !strings.ContainsAny(text, `$\`) {
		return nil
	}
	for i := 0; i < len(text); {
		open, closing := delimiters(text[i:])
		if open == "" {
			i++
			if text[i-1] == '\\' && i < len(text) {
				i++
			}
			continue
		}
		f, ok := readFormula(text, i, open, closing)
		if !ok {
			i += len(open)
			continue
		}
		found = append(found, f)
		i = f.to
	}
	return found
}

func delimiters(text string) (open, closing string) {
	switch {
	case strings.HasPrefix(text, "$$"):
		return "$$", "$$"
	case text[0] == '$':
		return "$", "$"
	case strings.HasPrefix(text, `\(`):
		return `\(`, `\)`
	case strings.HasPrefix(text, `\[`):
		return `\[`, `\]`
	}
	return "", ""
}

// readFormula reads the formula that begins at a byte of a text, if it is one. A $ may also
// stand for dollars: a formula has no space within its $, and no digit behind them.
func readFormula(text string, at int, open, closing string) (formula, bool) {
	from := at + len(open)
	window := text[from:min(len(text), from+maxFormula)]
	window, _, _ = strings.Cut(window, "\n")
	length := strings.Index(window, closing)
	if length <= 0 {
		return formula{}, false
	}
	tex, f := window[:length], formula{from: at, to: from + length + len(closing)}
	if open == "$" {
		first, _ := utf8.DecodeRuneInString(tex)
		last, _ := utf8.DecodeLastRuneInString(tex)
		behind, _ := utf8.DecodeRuneInString(text[f.to:])
		if unicode.IsSpace(first) || unicode.IsSpace(last) || unicode.IsDigit(behind) ||
			strings.ContainsRune("=}#:", first) || strings.ContainsRune("={", last) {
			return formula{}, false
		}
	}
	bare := maskEscapes(tex)
	braces := strings.ContainsAny(bare, "{}")
	switch {
	case strings.ContainsAny(bare, "~#") || strings.Contains(bare, "->") || answerMark.MatchString(bare):
		return formula{}, false
	case braces && !balanced(bare):
		return formula{}, false
	}
	f.signs = braces || strings.Contains(bare, "=")
	f.raw = braces && singleCommand.MatchString(tex)
	return f, true
}

var (
	// answerMark is an = that begins an answer rather than stands in an equation.
	answerMark = regexp.MustCompile(`\s=\S`)
	// singleCommand is a command of TeX whose backslash is not escaped.
	singleCommand = regexp.MustCompile(`(?:^|[^\\])\\[A-Za-z]`)
)

// balanced reports whether braces close as they open, and open where TeX has them: behind
// a command or a sign rather than a space.
func balanced(tex string) bool {
	depth := 0
	for i := range len(tex) {
		switch tex[i] {
		case '{':
			if i > 0 && (tex[i-1] == ' ' || tex[i-1] == '\t') {
				return false
			}
			depth++
		case '}':
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return depth == 0
}

const escapable = `\:#={}~n`

// maskEscapes puts zeros in the place of what is escaped.
func maskEscapes(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	masked := []byte(text)
	for i := 0; i+1 < len(masked); i++ {
		if masked[i] == '\\' && strings.IndexByte(escapable, masked[i+1]) >= 0 {
			masked[i], masked[i+1] = 0, 0
			i++
		}
	}
	return string(masked)
}

// maskSigns puts zeros in the place of what only looks like a sign of GIFT.
func maskSigns(text string, formulas []formula) string {
	masked := maskEscapes(text)
	if len(formulas) == 0 {
		return masked
	}
	bytes := []byte(masked)
	for _, f := range formulas {
		for i := f.from; i < f.to; i++ {
			if bytes[i] != '\n' {
				bytes[i] = 0
			}
		}
	}
	return string(bytes)
}

// commands of TeX that begin as GIFT's line break does.
var commands = map[string]bool{
	"nabla": true, "natural": true, "ncong": true, "ne": true, "nearrow": true, "neg": true, "neq": true, "newline": true,
	"nexists": true, "ngeq": true, "ngtr": true, "ni": true, "nleftarrow": true, "nleq": true, "nless": true, "nmid": true,
	"not": true, "notin": true, "nparallel": true, "nprec": true, "nrightarrow": true, "nsim": true, "nsubseteq": true,
	"nsucc": true, "nsupseteq": true, "nu": true, "nwarrow": true,
}

// isCommand reports whether a text, which follows a backslash, begins with such a command.
func isCommand(text string) bool {
	end := strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
	if end < 0 {
		end = len(text)
	}
	return commands[text[:end]]
}

// said is what a part says, without escapes.
func (b *block) said(p part) string {
	text := b.text[p.from:p.to]
	if !strings.Contains(text, `\`) {
		return text
	}
	var said strings.Builder
	from := p.from
	for _, f := range b.formulas {
		if f.to <= p.from || f.from >= p.to {
			continue
		}
		start, end := max(f.from, p.from), min(f.to, p.to)
		unescape(&said, b.text[from:start], false)
		if f.raw {
			said.WriteString(b.text[start:end])
		} else {
			unescape(&said, b.text[start:end], true)
		}
		from = end
	}
	unescape(&said, b.text[from:p.to], false)
	return said.String()
}

func unescape(said *strings.Builder, text string, tex bool) {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) || strings.IndexByte(escapable, text[i+1]) < 0 ||
			tex && isCommand(text[i+1:]) {
			said.WriteByte(text[i])
			continue
		}
		i++
		if text[i] == 'n' {
			said.WriteByte('\n')
		} else {
			said.WriteByte(text[i])
		}
	}
}
