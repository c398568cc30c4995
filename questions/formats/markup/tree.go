package markup

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// preparer makes of sanitised HTML what the converter turns into the CommonMark we want: it
// escapes texts, writes raised and lowered signs, and underlines as emphasis.
type preparer struct {
	inLine bool // something stands in the line before
	inCell bool
	inLink bool
}

func (p *preparer) children(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		p.node(c)
		c = next
	}
}

func (p *preparer) node(n *html.Node) {
	if n.Type == html.TextNode {
		n.Data = clean(n.Data) // an entity can be any sign
		p.text(n)
		return
	}
	switch n.DataAtom {
	case atom.Code, atom.Kbd, atom.Samp, atom.Tt, atom.Var:
		p.verbatim(n)
		p.inLine = true
	case atom.Pre:
		p.verbatim(n)
		p.inLine = false
	case atom.Br:
		p.inLine = false
	case atom.Sub, atom.Sup:
		p.script(n)
	case atom.U, atom.Ins:
		n.Data, n.DataAtom = "em", atom.Em
		p.children(n)
	case atom.A:
		p.inLink = true
		p.children(n)
		p.inLink = false
	case atom.Td, atom.Th:
		p.inCell = true
		p.block(n)
		p.inCell = false
	case atom.B, atom.Strong, atom.I, atom.Em, atom.S, atom.Del, atom.Strike:
		p.children(n)
	default:
		p.block(n)
	}
}

// block prepares an element that begins and ends a line.
func (p *preparer) block(n *html.Node) {
	p.inLine = false
	p.children(n)
	p.inLine = false
}

// verbatim leaves texts to the converter, which writes them as they are.
func (p *preparer) verbatim(n *html.Node) {
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			c.Data = clean(c.Data)
		}
	}
}

func (p *preparer) text(n *html.Node) {
	text := collapse(n.Data)
	if strings.TrimSpace(text) == "" {
		n.Data = text
		return
	}
	n.Data = escapeText(text, escaper{
		lineStart: !p.inLine,
		math:      true,
		link:      p.inLink,
		cell:      p.inCell,
		more:      n.NextSibling != nil || n.Parent.DataAtom == atom.B || n.Parent.DataAtom == atom.Strong,
	})
	p.inLine = true
}

// script puts a text in the place of raised or lowered signs: x², H₂O, x^(a/b).
func (p *preparer) script(n *html.Node) {
	plain := strings.TrimSpace(collapse(clean(textOf(n))))
	raised := n.DataAtom == atom.Sup
	written, ok := inScript(plain, raised)
	if !ok {
		mark := "_"
		if raised {
			mark = "^"
		}
		if utf8.RuneCountInString(plain) > 1 {
			plain = "(" + plain + ")"
		}
		written = mark + plain
	}
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	if plain != "" {
		text := &html.Node{Type: html.TextNode, Data: escapeText(written, escaper{math: true, link: p.inLink, cell: p.inCell})}
		n.AppendChild(text)
		p.inLine = true
	}
}

// raisedSigns and loweredSigns stand beside the signs they are made of.
const (
	scriptSigns  = "0123456789+-−=()aeijmnoprstuvxhkl"
	loweredSigns = "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₘₙₒₚᵣₛₜᵤᵥₓₕₖₗ"
	raisedSigns  = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵉⁱʲᵐⁿᵒᵖʳˢᵗᵘᵛˣʰᵏˡ"
)

// inScript writes a text in raised or lowered signs, where there are such for all of it.
func inScript(plain string, raised bool) (string, bool) {
	signs := []rune(loweredSigns)
	if raised {
		signs = []rune(raisedSigns)
	}
	var b strings.Builder
	for _, r := range plain {
		i := strings.IndexRune(scriptSigns, r)
		switch {
		case i >= 0:
			b.WriteRune(signs[utf8.RuneCountInString(scriptSigns[:i])])
		case raised && (r == 'ª' || r == 'º'):
			b.WriteRune(r)
		case raised && strings.ContainsRune("bcdfgwyz", r):
			b.WriteRune([]rune("ᵇᶜᵈᶠᵍʷʸᶻ")[strings.IndexRune("bcdfgwyz", r)])
		default:
			return "", false
		}
	}
	return b.String(), true
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(textOf(c))
	}
	return b.String()
}
