package questions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	markdown "github.com/yuin/goldmark/text"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// plainTexts are the texts that are not CommonMark but compared or written as they are:
// "<b>" can be the answer to a question.
var plainTexts = map[protoreflect.FullName]bool{
	"aula.v1.AcceptedText.text": true,
	"aula.v1.WrongText.text":    true,
	"aula.v1.MeasureUnit.text":  true,
	"aula.v1.FactNumber.unit":   true,
}

// eachText calls visit for every localised text in m, in the order of the fields, with
// its path below m.
func eachText(m protoreflect.Message, path string, visit func(path string, field protoreflect.FieldDescriptor, texts protoreflect.Map)) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !m.Has(field) {
			continue
		}
		below := path + string(field.Name())
		switch {
		case field.IsMap():
			visit(below, field, m.Mutable(field).Map())
		case field.Message() == nil:
		case field.IsList():
			list := m.Get(field).List()
			for j := range list.Len() {
				eachText(list.Get(j).Message(), fmt.Sprintf("%s[%d].", below, j), visit)
			}
		default:
			eachText(m.Get(field).Message(), below+".", visit)
		}
	}
}

// eachTextIn calls visit for every localised text in m, in every language.
func eachTextIn(m protoreflect.Message, visit func(text string)) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			value.Map().Range(func(_ protoreflect.MapKey, text protoreflect.Value) bool {
				visit(text.String())
				return true
			})
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				eachTextIn(value.List().Get(i).Message(), visit)
			}
		default:
			eachTextIn(value.Message(), visit)
		}
		return true
	})
}

// textsOf copies the texts of a map, by language.
func textsOf(m protoreflect.Map) map[string]string {
	texts := make(map[string]string, m.Len())
	m.Range(func(lang protoreflect.MapKey, text protoreflect.Value) bool {
		texts[lang.String()] = text.String()
		return true
	})
	return texts
}

// commonMark reads CommonMark without extensions. It is safe for concurrent use. It is
// goldmark.DefaultParser; whoever imports goldmark for it gets a renderer in memory too.
var commonMark = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
})

// rawHTML gives the first raw HTML in a text, or "". All of it begins with "<" (CommonMark
// 0.31, 4.6 and 6.6; "&lt;" is text), so a text without one need not be parsed.
func rawHTML(text string) string {
	if !strings.Contains(text, "<") {
		return ""
	}
	source := []byte(text)
	var found string
	// The walk fails only where its function does.
	_ = ast.Walk(commonMark().Parse(markdown.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.RawHTML:
			found = string(n.Segments.Value(source))
		case *ast.HTMLBlock:
			found = string(n.Lines().Value(source))
		default:
			return ast.WalkContinue, nil
		}
		return ast.WalkStop, nil
	})
	return found
}

// markup reports raw HTML in a localised text.
func (r *report) markup(path string, texts map[string]string) {
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		if html := rawHTML(texts[lang]); html != "" {
			line, _, _ := strings.Cut(strings.TrimSpace(html), "\n")
			r.add(path, "check.raw_html", map[string]any{"HTML": line, "Language": lang})
		}
	}
}
