package moodle

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// piece is a run of text of a cloze or, where blank is set, a blank.
type piece struct {
	text  string
	blank *blank
}

// blank is a sub-question as it is written: {1:SHORTANSWER:=Quito~%50%Kito#Almost}.
type blank struct {
	weight  string
	kind    string // NUMERICAL, SHORTANSWER, MULTICHOICE or MULTIRESPONSE
	variant string // C, V, H, S, VS, HS or nothing
	answers []clozeAnswer
}

type clozeAnswer struct {
	percent  string // "100" for =, "" for nothing
	text     string
	feedback string
}

// clozeError is why a text is no cloze.
type clozeError struct {
	id   string
	text string // at fault
}

var blankStart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\{\s*([0-9]*)\s*:\s*([A-Za-z_]+)\s*:`)
})

// clozeKinds are the names of sub-questions and the letters that may follow them.
var clozeKinds = [...]struct{ kind, names, variants string }{
	{"NUMERICAL", "NUMERICAL NM", ""},
	{"SHORTANSWER", "SHORTANSWER SA MW", "C"},
	{"MULTICHOICE", "MULTICHOICE MC", "V H S VS HS"},
	{"MULTIRESPONSE", "MULTIRESPONSE MR", "V H S VS HS"},
}

// parseCloze cuts a text at its sub-questions.
func parseCloze(source string) (pieces []piece, fault *clozeError) {
	from := 0
	for i := 0; i < len(source); {
		next := strings.IndexByte(source[i:], '{')
		if next < 0 {
			break
		}
		i += next
		const longest = 100 // of what a sub-question begins with
		start := blankStart().FindStringSubmatch(source[i:min(len(source), i+longest)])
		if start == nil || i > 0 && source[i-1] == '\\' {
			i++
			continue
		}
		b := &blank{weight: start[1]}
		if b.kind, b.variant = clozeKind(start[2]); b.kind == "" {
			return nil, &clozeError{"format.moodle.cloze_kind", start[2]}
		}
		body, length, closed := cutBody(source[i+len(start[0]):])
		if !closed {
			return nil, &clozeError{"format.moodle.cloze_open", cut(source[i:], labelLength)}
		}
		b.answers = clozeAnswers(body)
		if i > from {
			pieces = append(pieces, piece{text: source[from:i]})
		}
		pieces = append(pieces, piece{blank: b})
		i += len(start[0]) + length
		from = i
	}
	if from < len(source) {
		pieces = append(pieces, piece{text: source[from:]})
	}
	return pieces, nil
}

// clozeKind gives the kind and the variant of a sub-question's name, such as MCVS.
func clozeKind(name string) (kind, variant string) {
	name = strings.ToUpper(name)
	for _, known := range clozeKinds {
		for base := range strings.FieldsSeq(known.names) {
			variant, ok := strings.CutPrefix(name, base)
			variant = strings.TrimPrefix(variant, "_")
			switch {
			case !ok:
			case variant == "", slices.Contains(strings.Fields(known.variants), variant):
				return known.kind, variant
			}
		}
	}
	return "", ""
}

// cutBody cuts a text at the brace that closes it. length is that of the body and the brace.
func cutBody(text string) (body string, length int, closed bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '}':
			return text[:i], i + 1, true
		}
	}
	return "", 0, false
}

// clozeAnswers cuts the body of a sub-question into its answers.
func clozeAnswers(body string) (answers []clozeAnswer) {
	var a clozeAnswer
	flush := func(written string) {
		a.text, a.feedback = cutFeedback(written)
		if a.text = strings.TrimSpace(a.text); a.text != "" {
			answers = append(answers, a)
		}
	}
	for from := 0; from <= len(body); {
		end := from + endOfAnswer(body[from:])
		a = clozeAnswer{}
		written := strings.TrimLeft(body[from:end], " \t\r\n")
		if rest, ok := strings.CutPrefix(written, "="); ok {
			a.percent, written = "100", rest
		} else if rest, ok := strings.CutPrefix(written, "%"); ok {
			if percent, rest, ok := strings.Cut(rest, "%"); ok {
				if _, ok = number(percent); ok {
					a.percent, written = percent, rest
				}
			}
		}
		flush(written)
		from = end + 1
	}
	return answers
}

// endOfAnswer gives where the first answer of a body ends.
func endOfAnswer(body string) int {
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '~':
			return i
		}
	}
	return len(body)
}

// cutFeedback parts an answer and its feedback. The # of an entity such as &#39; parts nothing.
func cutFeedback(written string) (text, feedback string) {
	for i := 0; i < len(written); i++ {
		switch written[i] {
		case '\\':
			i++
		case '#':
			if !strings.HasSuffix(written[:i], "&") && !strings.HasSuffix(written[:i], "&amp;") {
				return unescape(written[:i]), unescape(written[i+1:])
			}
		}
	}
	return unescape(written), ""
}

// unescape takes the backslashes off that keep signs from parting answers.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte("}~#", text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
