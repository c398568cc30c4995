package gift

import (
	"cmp"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// question reads one question.
type question struct {
	*block

	doc     *formats.Document
	read    *aulav1.Question
	label   string // what to call it in a report
	format  string // of the stem, and of the other texts that name none
	refused bool
	told    int // problems
}

// maxTold is how many problems of one question are told.
const maxTold = 20

// gap stands for the answer in the middle of a text.
const gap = "_____"

// refuse reports why the question cannot be loaded, or not all of it read on.
func (q *question) refuse(at int, id string, args ...any) {
	q.refused = true
	q.tell(formats.Error, at, id, args)
}

// skip reports why Aula has no such question.
func (q *question) skip(id string) {
	q.refused = true
	q.doc.Problems.Add(formats.Skipped, q.start(), q.label, id)
}

func (q *question) warn(at int, id string, args ...any) { q.tell(formats.Warning, at, id, args) }

func (q *question) tell(severity formats.Severity, at int, id string, args []any) {
	if q.told++; q.told <= maxTold {
		q.doc.Problems.Add(severity, q.place(at), q.label, id, args...)
		q.doc.Problems.Keyed(cmp.Or(q.id, q.key))
	}
}

// parse reads the question, or refuses it.
func (q *question) parse() {
	rest := q.trim(part{0, len(q.text)})
	rest = q.name(rest)
	q.metadata()
	open, closing := q.find(rest, "{"), q.find(rest, "}")
	stem, _, _ := q.cut(rest, "{")
	if q.label == "" {
		text := formatPrefix().ReplaceAllString(q.said(q.trim(stem)), "")
		q.label = plaintext.Short(htmlTag().ReplaceAllString(text, " "))
	}
	switch {
	case open < 0 && closing < 0:
		q.skip("format.gift.description")
		return
	case closing < 0:
		q.refuse(open, "format.gift.brace_not_closed")
		return
	case open < 0 || closing < open:
		q.refuse(closing, "format.gift.brace_not_opened")
		return
	}
	behind := part{closing + 1, rest.to}
	if i := strings.IndexAny(q.signs[behind.from:behind.to], "{}"); i >= 0 {
		q.refuse(behind.from+i, "format.gift.second_braces")
		return
	}
	if i := q.find(part{open + 1, closing}, "{"); i >= 0 {
		q.refuse(i, "format.gift.second_braces")
		return
	}
	answers, general := q.generalFeedback(q.trim(part{open + 1, closing}))
	if answers.from == answers.to {
		q.skip("format.gift.essay")
		return
	}
	q.stem(stem, behind)
	q.read.Explanation = q.written(general, plaintext.MaxStem, "format.gift.explanation_too_long")
	q.kind(answers)
	q.tellFormulas(open)
}

// name reads ::name::, and returns what follows.
func (q *question) name(p part) part {
	rest, ok := strings.CutPrefix(q.signs[p.from:p.to], "::")
	if !ok {
		return p
	}
	length := strings.Index(rest, "::")
	if length < 0 {
		return p
	}
	at := p.from + len("::")
	name := plaintext.OneLine(q.said(part{at, at + length}))
	q.label = plaintext.Short(name)
	if long := plaintext.TooLong(name, plaintext.MaxName); long > 0 {
		q.warn(at, "format.gift.name_clipped", "Length", long, "Max", plaintext.MaxName)
	}
	q.read.Name = plaintext.Clip(name, plaintext.MaxName)
	return q.trim(part{at + length + len("::"), p.to})
}

// metadata takes over what comments say of the question.
func (q *question) metadata() {
	q.read.Id = q.id
	if plaintext.TooLong(q.key, plaintext.MaxKey) > 0 {
		q.warn(0, "format.gift.key_lost", "Max", plaintext.MaxKey)
	} else {
		q.read.Key = q.key
	}
	for _, written := range q.tags {
		tag := plaintext.Clip(written, plaintext.MaxTag)
		switch {
		case slices.Contains(q.read.GetTags(), tag):
		case len(q.read.GetTags()) == plaintext.MaxTags:
			q.warn(0, "format.gift.tag_lost", "Tag", tag, "Max", plaintext.MaxTags)
		default:
			q.read.Tags = append(q.read.Tags, tag)
			if tag != written {
				q.warn(0, "format.gift.tag_clipped", "Tag", tag, "Max", plaintext.MaxTag)
			}
		}
	}
}

// generalFeedback divides an answer at its last ####.
func (q *question) generalFeedback(p part) (answers, general part) {
	const mark = "####"
	i := strings.LastIndex(q.signs[p.from:p.to], mark)
	if i < 0 {
		return p, part{p.to, p.to}
	}
	at := p.from + i
	return q.trim(part{p.from, at}), part{at + len(mark), p.to}
}

// stem reads the text, which the answer stands in the middle of or behind.
func (q *question) stem(before, behind part) {
	text := q.said(before)
	if behind = (part{behind.from, q.trim(behind).to}); behind.from < behind.to {
		text += gap + q.said(behind)
	}
	q.format, text = splitFormat(strings.TrimSpace(text), moodle)
	q.tellPictures(before.from, text, q.format)
	q.read.Text = q.limited(before.from, toCommonMark(text, q.format), plaintext.MaxStem, "format.gift.stem_too_long")
	if len(q.read.GetText()) == 0 {
		q.refuse(before.from, "format.gift.no_stem")
	}
}

// kind finds out what kind of question it is by its answers, and reads them.
func (q *question) kind(answers part) {
	given := q.signs[answers.from:answers.to]
	switch {
	case given[0] == '#':
		q.numeric(part{answers.from + 1, answers.to})
	case strings.Contains(given, "~"):
		q.choice(answers)
	case strings.Contains(given, "=") && strings.Contains(given, "->"):
		q.match(answers)
	case trueFalse().MatchString(given):
		q.trueFalse(answers)
	default:
		q.textEntry(answers)
	}
}

// written reads a part in the format it names, or that of the stem.
func (q *question) written(p part, limit int, tooLong string) map[string]string {
	p = q.trim(p)
	if p.from == p.to {
		return nil
	}
	format, text := splitFormat(q.said(p), q.format)
	q.tellPictures(p.from, text, format)
	return q.limited(p.from, toCommonMark(text, format), limit, tooLong)
}

// plain reads a part that is compared or shown letter by letter.
func (q *question) plain(p part) string {
	_, text := splitFormat(q.said(q.trim(p)), q.format)
	return plaintext.OneLine(text)
}

// limited refuses a text that is longer than it may be.
func (q *question) limited(at int, text string, limit int, tooLong string) map[string]string {
	if length := plaintext.TooLong(text, limit); length > 0 {
		q.refuse(at, tooLong, "Length", length, "Max", limit)
	}
	return plaintext.Said(text)
}

var picture = plaintext.Pattern(`(?i)<(?:img|audio|video|object|embed|iframe)\b[^>]*>`)

// tellPictures reports pictures and sounds that a text refers to: GIFT has none with it.
func (q *question) tellPictures(at int, text, format string) {
	if format == plain {
		return
	}
	if tag := picture().FindString(text); tag != "" {
		q.warn(at, "format.gift.picture", "Tag", plaintext.Short(tag))
	}
}

// tellFormulas reports a formula that holds signs of GIFT where those mean something: Moodle
// would read the question otherwise.
func (q *question) tellFormulas(open int) {
	for _, f := range q.formulas {
		tex := q.text[f.from:f.to]
		if f.signs && (f.from > open || strings.ContainsAny(maskEscapes(tex), "{}")) {
			q.warn(f.from, "format.gift.formula", "Formula", plaintext.Short(tex))
			return
		}
	}
}
