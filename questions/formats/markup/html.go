package markup

import (
	"bytes"
	"html"
	"net/url"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// ToHTML gives HTML for CommonMark, without the raw HTML that it may hold.
func ToHTML(commonMark string) string {
	if isPlain(commonMark) {
		return "<p>" + html.EscapeString(commonMark) + "</p>"
	}
	return render(toHTML(), commonMark)
}

// Text gives the text that CommonMark shows, without its marks, a line a paragraph.
func Text(commonMark string) string {
	if isPlain(commonMark) {
		return commonMark
	}
	return HTMLText(ToHTML(commonMark))
}

// isPlain reports whether a text is one line of CommonMark that shows itself.
func isPlain(text string) bool {
	return text != "" && !strings.ContainsAny(text, marks+"\n\"'\t") && lineMark(text) < 0 &&
		strings.TrimSpace(text) == text && strings.Trim(text, "#") != ""
}

// FromMarkdown gives CommonMark without raw HTML that says what Markdown says. It is left as
// it is where it has no HTML in it, nor a link that FromHTML would not keep.
func FromMarkdown(markdown string) string {
	if !holds(markdown, func(n ast.Node) bool { return isRawHTML(n) || leadsAstray(n, markdown) }) {
		return markdown
	}
	return FromHTML(MarkdownToHTML(markdown))
}

// MarkdownToHTML gives HTML, not to be trusted, for Markdown with HTML in it.
func MarkdownToHTML(markdown string) string {
	return render(unsafeHTML(), markdown)
}

func render(m goldmark.Markdown, source string) string {
	var b bytes.Buffer
	if err := m.Convert([]byte(source), &b); err != nil { // a buffer takes all
		return ""
	}
	return strings.TrimSpace(b.String())
}

var (
	toHTML     = sync.OnceValue(func() goldmark.Markdown { return goldmark.New(extensions()) })
	unsafeHTML = sync.OnceValue(func() goldmark.Markdown {
		return goldmark.New(extensions(), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe()))
	})
)

func extensions() goldmark.Option {
	return goldmark.WithExtensions(extension.Table, extension.Strikethrough, formulas{})
}

// hasRawHTML reports whether a text would be refused for the HTML in it.
func hasRawHTML(commonMark string) bool {
	return strings.Contains(commonMark, "<") && holds(commonMark, isRawHTML)
}

func isRawHTML(n ast.Node) bool { return n.Kind() == ast.KindRawHTML || n.Kind() == ast.KindHTMLBlock }

// leadsAstray reports whether a node is a link that leads neither to the web nor to an
// address for mail.
func leadsAstray(n ast.Node, source string) bool {
	var to []byte
	switch link := n.(type) {
	case *ast.Link:
		to = link.Destination
	case *ast.AutoLink:
		if link.AutoLinkType == ast.AutoLinkEmail {
			return false
		}
		to = link.URL([]byte(source))
	default:
		return false
	}
	u, err := url.Parse(string(to))
	return err != nil || u.Scheme != "mailto" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "")
}

// holds reports whether CommonMark has a node of some kind.
func holds(commonMark string, kind func(ast.Node) bool) bool {
	found := false
	// The walk fails only where its function does.
	_ = ast.Walk(strict().Parse(text.NewReader([]byte(commonMark))), func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		if kind(n) {
			found = true
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// strict is CommonMark without anything else.
var strict = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
})

// formulas makes goldmark leave TeX alone.
type formulas struct{}

// Extend makes formulas known to a converter.
func (f formulas) Extend(m goldmark.Markdown) {
	const beforeAll = 50
	m.Parser().AddOptions(parser.WithInlineParsers(util.Prioritized(f, beforeAll)))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(f, beforeAll)))
}

// Trigger is where a formula may begin.
func (formulas) Trigger() []byte { return []byte{'\\', '$'} }

// Parse reads a formula, nil where there is none.
func (formulas) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	for _, f := range [...]struct{ open, closing string }{{`\(`, `\)`}, {"$$", "$$"}} {
		rest, ok := bytes.CutPrefix(line, []byte(f.open))
		if !ok {
			continue
		}
		tex, _, ok := bytes.Cut(rest[:min(len(rest), maxFormula)], []byte(f.closing))
		if !ok || len(bytes.TrimSpace(tex)) == 0 {
			return nil
		}
		length := len(f.open) + len(tex) + len(f.closing)
		block.Advance(length)
		return &formula{segment: segment.WithStop(segment.Start + length)}
	}
	return nil
}

// RegisterFuncs tells how formulas are written.
func (formulas) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindFormula, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if f, ok := n.(*formula); ok && entering {
			_, _ = w.WriteString(html.EscapeString(string(f.segment.Value(source)))) // the buffer keeps its error
		}
		return ast.WalkContinue, nil
	})
}

var kindFormula = ast.NewNodeKind("Formula")

type formula struct {
	ast.BaseInline

	segment text.Segment
}

// Kind of node it is.
func (*formula) Kind() ast.NodeKind { return kindFormula }

// Dump prints it, for debugging.
func (f *formula) Dump(source []byte, level int) { ast.DumpHelper(f, source, level, nil, nil) }
