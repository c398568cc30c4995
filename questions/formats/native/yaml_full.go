package native

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Package yaml takes some 15 kB for a question. It is only given files and questions of at
// most so many nodes, for which it takes less than 500 MB and 20 MB.
const (
	maxFull         = 500_000
	maxFullQuestion = 20_000
)

// maxAliased is how many nodes aliases may stand for in all: what they are meant for needs
// few, and bombs need many.
const maxAliased = 100_000

// fits reports whether a text has at most so many nodes, which is not more than one for each
// mark that sets values apart.
func fits(text string, most int) bool {
	n := 0
	for i := range len(text) {
		switch text[i] {
		case '\n', ',', ':', '[', '{', '-', '?', '&', '*', '#':
			if n++; n > most {
				return false
			}
		}
	}
	return true
}

// fullYAML reads with package yaml what yamlText leaves alone: a document, into the tree, after what is there, and gives its root. It is
// text from base on or, where there is a gap, without the lines that are in that.
func fullYAML(t *tree, text string, base int, left gap) (root int32, err *fault) {
	f := &fullReader{t: t, text: text, base: base, left: left}
	some, most := text[base:], maxFull
	switch {
	case left.to > 0:
		some = text[:left.from] + text[left.to:]
	case base > 0:
		most = maxFullQuestion
	}
	if !fits(some, most) {
		return 0, mistake(int32(base), "format.native.yaml_too_much")
	}
	document, next := &yaml.Node{}, &yaml.Node{}
	decoder := yaml.NewDecoder(strings.NewReader(some))
	switch e := decode(decoder, document); {
	case errors.Is(e, io.EOF) || e == nil && len(document.Content) == 0:
		return 0, mistake(int32(base), "format.native.not_a_set")
	case e != nil:
		return 0, f.unparsed(e)
	}
	if e := decode(decoder, next); e == nil {
		return 0, mistake(int32(f.offset(next.Line, next.Column)), "format.native.one_set")
	} else if !errors.Is(e, io.EOF) {
		return 0, f.unparsed(e)
	}
	root = f.node(document.Content[0], 0)
	if f.err != nil {
		return 0, f.err
	}
	return root, nil
}

// gap is a part of a text, in whole lines.
type gap struct{ from, to int }

// decode reads the next document. Hostile files have made package yaml panic before.
func decode(d *yaml.Decoder, to *yaml.Node) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	return d.Decode(to)
}

var (
	yamlLine = regexp.MustCompile(`line (\d+): `)
	// lineBefore are errors for which package yaml counts lines from 0.
	lineBefore = regexp.MustCompile(`did not find expected (key|node|'|<)`)
)

// unparsed words an error of package yaml: what is not known by its beginning is in general
// words.
func (f *fullReader) unparsed(e error) *fault {
	at := f.base
	if found := yamlLine.FindStringSubmatch(e.Error()); found != nil {
		line, _ := strconv.Atoi(found[1]) // digits, or line 0
		if lineBefore.MatchString(e.Error()) {
			line++
		}
		at = f.offset(line, 1)
	}
	id := "format.native.yaml_syntax"
	for _, known := range [...]struct{ text, id string }{
		{"unknown anchor", "format.native.yaml_anchor"},
		{"exceeded max depth", "format.native.too_deep"},
		{"mapping values are not allowed", "format.native.yaml_colon"},
		{"cannot start any token", "format.native.yaml_syntax"},
		{"control characters", "format.native.control_character"},
	} {
		if strings.Contains(e.Error(), known.text) {
			id = known.id
			break
		}
	}
	return mistake(int32(at), id)
}

// fullReader turns nodes of package yaml into ours.
type fullReader struct {
	t    *tree
	text string
	base int
	err  *fault

	left gap

	aliased int // nodes read through aliases
	inside  int // aliases

	line, begins int // the line that was last looked for, from 0, and its offset after base
}

// offset in the text of a line and a column that package yaml tells. Nodes come in the order
// of the text but for aliases.
func (f *fullReader) offset(line, column int) int {
	text := f.text[f.base:]
	if line--; line < f.line {
		f.line, f.begins = 0, 0
	}
	for f.line < line {
		if f.left.to > 0 && f.begins == f.left.from {
			f.begins = f.left.to
		}
		end := strings.IndexByte(text[f.begins:], '\n')
		if end < 0 {
			break
		}
		f.begins += end + 1
		f.line++
	}
	at := f.begins
	if f.left.to > 0 && at == f.left.from {
		at = f.left.to
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return f.base + at
}

func (f *fullReader) node(n *yaml.Node, depth int) int32 {
	if f.err != nil {
		return 0
	}
	at := f.base
	if f.inside == 0 {
		at = f.offset(n.Line, n.Column)
	} else if f.aliased++; f.aliased > maxAliased {
		return f.stop(at, "format.native.yaml_bomb")
	}
	if depth > maxNesting {
		return f.stop(at, "format.native.too_deep")
	}
	switch n.Kind { //nolint:exhaustive // there is no document within a document
	case yaml.AliasNode:
		f.inside++
		defer func() { f.inside-- }()
		same := f.node(n.Alias, depth+1)
		if same != 0 {
			f.t.nodes[same].at = int32(at)
		}
		return same
	case yaml.MappingNode, yaml.SequenceNode:
		return f.collection(n, at, depth)
	case yaml.ScalarNode:
		const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
		k := plain
		if n.Style&quotes != 0 || n.Tag == "!!str" && n.Style&yaml.TaggedStyle != 0 {
			k = quoted
		}
		return f.t.add(k, at, n.Value)
	}
	return f.stop(at, "format.native.yaml_syntax")
}

func (f *fullReader) collection(n *yaml.Node, at, depth int) int32 {
	k := list
	if n.Kind == yaml.MappingNode {
		k = dict
	}
	own := f.t.add(k, at, "")
	var children chain
	for i, content := range n.Content {
		child := f.node(content, depth+1)
		if child == 0 {
			return 0
		}
		if k == dict && i%2 == 0 && !f.t.nodes[child].scalar() {
			return f.stop(int(f.t.nodes[child].at), "format.native.yaml_key")
		}
		f.t.link(&children, child)
	}
	f.t.nodes[own].first = children.first
	return own
}

func (f *fullReader) stop(at int, id string) int32 {
	if f.err == nil {
		f.err = mistake(int32(at), id)
	}
	return 0
}
