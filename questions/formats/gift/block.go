package gift

import (
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"

	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// block is a question as it stands in a file: lines up to an empty one.
type block struct {
	text  string // the lines that are no comments, joined by \n
	first int    // the number of the first line, which may be a comment
	lines []int  // those of the others
	size  int    // of the text in the file; too large a text is cut
	// signs is the text with zeros in place of what only looks like a sign of GIFT: it is
	// escaped or part of a formula. Both are as long.
	signs    string
	formulas []formula

	id, key string // from comments
	tags    []string
}

// part of a block's text: the bytes from and to.
type part struct{ from, to int }

// blocks cuts a file at its empty lines.
func blocks(text string) iter.Seq[*block] {
	return func(yield func(*block) bool) {
		b := &builder{}
		for number, line := range plaintext.Lines(text) {
			if strings.TrimSpace(line) != "" {
				b.add(number, line)
				continue
			}
			if b.begun && !yield(b.finish()) {
				return
			}
		}
		if b.begun {
			yield(b.finish())
		}
	}
}

// builder puts a block together.
type builder struct {
	block

	begun bool
	b     strings.Builder
}

func (b *builder) add(number int, line string) {
	if !b.begun {
		b.begun, b.first = true, number
	}
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(trimmed, "//") {
		b.comment(trimmed)
		if len(b.lines) == 0 {
			b.block.size = 0
		}
		return
	}
	if b.size += len(line) + 1; b.size > plaintext.MaxSource && len(b.lines) > 0 {
		return
	}
	if len(b.lines) > 0 {
		b.b.WriteByte('\n')
	} else {
		line = strings.TrimLeft(line, " \t\u00a0\ufeff")
	}
	b.lines = append(b.lines, number)
	b.b.WriteString(line)
}

// finish hands out the block and begins another.
func (b *builder) finish() *block {
	done := b.block
	done.text = b.b.String()
	if done.size <= plaintext.MaxSource {
		done.formulas = findFormulas(done.text)
		done.signs = maskSigns(done.text, done.formulas)
	}
	*b = builder{}
	return &done
}

var metadata = regexp.MustCompile(`\[(id|tag|aula):((?:\\\]|[^\]])+)\]`)

// comment takes what comments say of the question they stand with.
func (b *builder) comment(line string) {
	for _, found := range metadata.FindAllStringSubmatch(line, -1) {
		value := strings.TrimSpace(strings.ReplaceAll(found[2], `\]`, `]`))
		switch {
		case value == "":
		case found[1] == "id":
			b.key = value
		case found[1] == "tag":
			b.tags = append(b.tags, value)
		case questionID.MatchString(value) && len(value) <= maxID:
			b.id = value
		}
	}
}

// questionID is what the id of a question may be.
var questionID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+(-[a-z]+)*)?$`)

const maxID = 64

// cutLine is the block without its first line.
func (b *block) cutLine() *block {
	rest := builder{block: block{id: b.id, key: b.key, tags: b.tags}}
	for i, line := range strings.Split(b.text, "\n") {
		if i > 0 {
			rest.add(b.lines[i], line)
		}
	}
	rest.first = b.first
	return rest.finish()
}

// start is where the block begins.
func (b *block) start() formats.Place {
	if len(b.lines) == 0 {
		return formats.Place{Line: b.first}
	}
	return formats.Place{Line: b.lines[0]}
}

// place of a byte of the text.
func (b *block) place(at int) formats.Place {
	before := b.text[:at]
	from := strings.LastIndexByte(before, '\n') + 1
	return formats.Place{
		Line:   b.lines[strings.Count(before, "\n")],
		Column: utf8.RuneCountInString(before[from:]) + 1,
	}
}

// find gives where a sign stands in a part, -1 for nowhere.
func (b *block) find(p part, sign string) int {
	if i := strings.Index(b.signs[p.from:p.to], sign); i >= 0 {
		return p.from + i
	}
	return -1
}

// cut divides a part at the first of a sign.
func (b *block) cut(p part, sign string) (before, after part, found bool) {
	at := b.find(p, sign)
	if at < 0 {
		return p, part{p.to, p.to}, false
	}
	return part{p.from, at}, part{at + len(sign), p.to}, true
}

// trim takes off the white space around a part.
func (b *block) trim(p part) part {
	text := b.text[p.from:p.to]
	p.from += len(text) - len(strings.TrimLeft(text, " \t\n"))
	p.to = p.from + len(strings.TrimSpace(b.text[p.from:p.to]))
	return p
}

// answer is one of the answers of a question, with the sign before it: 0 where it has none.
type answer struct {
	sign byte
	part part
}

// answers cuts a part at its = and ~.
func (b *block) answers(p part) (all []answer) {
	next := answer{part: p}
	for i := p.from; i < p.to; i++ {
		if c := b.signs[i]; c == '=' || c == '~' {
			next.part.to = i
			all = append(all, next)
			next = answer{sign: c, part: part{i + 1, p.to}}
		}
	}
	all = append(all, next)
	for i := range all {
		all[i].part = b.trim(all[i].part)
	}
	if all[0].part.from == all[0].part.to {
		return all[1:]
	}
	return all
}
