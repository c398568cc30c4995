package markup_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"aula/questions/formats/markup"
)

func TestFromHTML(t *testing.T) {
	for source, want := range map[string]string{
		"":                                   "",
		"Plain text":                         "Plain text",
		"two\n lines  are one":               "two lines are one",
		"2 < 3 and a<5":                      "2 < 3 and a<5",
		"AT&T &amp; co":                      "AT&T & co",
		"&amp;lt;b&amp;gt;":                  `\&lt;b\&gt;`,
		"<p>¿Cuál es la <b>capital</b>?</p>": "¿Cuál es la **capital**?",
		"<p>a</p><p>b</p>":                   "a\n\nb",
		"one<br>two<br/>three":               "one  \ntwo  \nthree",
		"<p>word&nbsp;word&nbsp; &nbsp;end&nbsp;</p>":                                 "word\u00A0word end",
		"H<sub>2</sub>O and x<sup>2</sup>":                                            "H₂O and x²",
		"1<sup>er</sup> premio, 2<sup>a/b</sup>":                                      "1ᵉʳ premio, 2^(a/b)",
		"x<sub>Z</sub>":                                                               `x\_Z`,
		"snake_case and 3 * 4 and 2*3":                                                `snake_case and 3 * 4 and 2\*3`,
		"The capital is _____.":                                                       `The capital is \_\_\_\_\_.`,
		"- not a list":                                                                `\- not a list`,
		"1. not a list":                                                               `1\. not a list`,
		"<p># no heading</p><p>+ no list</p><p>====</p>":                              "\\# no heading\n\n\\+ no list\n\n\\====",
		"<b>x</b> - y":                                                                "**x** - y",
		"<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>":                            "- a\n  \n  - b\n- c",
		"<ol start=3><li>a</li><li>b</li></ol>":                                       "3. a\n4. b",
		`\( x_1 * y^2 \) and \[ \frac{a}{b} \]`:                                       `\( x_1 * y^2 \) and $$ \frac{a}{b} $$`,
		`<p>\(a &lt; b\) or $$c_d$$, $5 or 6 $</p>`:                                   `\(a \lt b\) or $$c_d$$, $5 or 6 $`,
		`<u>subject</u> and <s>struck</s>`:                                            `*subject* and ~~struck~~`,
		`<a href="https://aula.example/ab?q=(1)&amp;r=*_">here]</a>`:                  `[here\]](https://aula.example/ab?q=%281%29&r=%2A_)`,
		`<a href="javascript:alert(1)">x</a><a href="/local">y</a>`:                   "xy",
		`Hi!<a href="https://a.example">x</a>`:                                        `Hi\![x](https://a.example)`,
		`<a href="mailto:ana@aula.example">Ana</a>`:                                   "[Ana](mailto:ana@aula.example)",
		`<img src="x.png" alt="A *map* of Ecuador"> here`:                             `A \*map\* of Ecuador here`,
		"<script>alert(1)</script><style>p{}</style><!-- c -->text":                   "text",
		"<table><tr><th>a</th><th>b|c</th></tr><tr><td>1</td><td>2</td></tr></table>": "| a | b\\|c |\n|---|------|\n| 1 | 2    |",
		"<code>a &lt; b</code> and <pre>if x &lt; 1:\n    y</pre>":                    "`a < b` and\n\n```\nif x < 1:\n    y\n```",
		"[[a]] ![x](http://evil.example/x.png) [l](https://e.example)":                `\[\[a]] !\[x](http://evil.example/x.png) \[l](https://e.example)`,
		`<span style="display:none">seen</span> <font color=red>red</font>`:           "seen red",
		"&lt;script&gt;":                                                              `\<script>`,
		"<p>&lt;b&gt;<b>&lt;i</b></p>":                                                `\<b>**\<i**`,
		"back\\slash \\_ \\":                                                          `back\slash \\\_ \\`,
	} {
		got := markup.FromHTML(source)
		if got != want {
			t.Errorf("FromHTML(%q)\n got %q\nwant %q", source, got, want)
		}
		check(t, source, got)
	}
}

// check tells what must hold of all that FromHTML gives.
func check(t *testing.T, source, got string) {
	t.Helper()
	p := parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...), parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	_ = ast.Walk(p.Parse(text.NewReader([]byte(got))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.RawHTML, *ast.HTMLBlock, *ast.Image:
			t.Errorf("%q gave %q with a %s in it", source, got, n.Kind())
		case *ast.Link:
			to := strings.ToLower(string(n.Destination))
			if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "mailto:") {
				t.Errorf("%q gave %q with a link to %q", source, got, to)
			}
		}
		return ast.WalkContinue, nil
	})
	if strings.ContainsAny(got, "\x00\a\uE000\uE001\uF002") {
		t.Errorf("%q gave %q", source, got)
	}
}

func TestFromPlain(t *testing.T) {
	for source, want := range map[string]string{
		"a\nb\n\n\nc\n":        "a  \nb\n\nc",
		"def f():\n  return 1": "def f():  \n\u00A0\u00A0return 1",
		"<b>":                  `\<b>`,
		`\(x\)`:                `\\(x\\)`,
		"$5, $$":               `$5, \$\$`,
		"---":                  `\---`,
		"a|b\n-|-":             "a|b  \n\\-|-",
		"> 5":                  `\> 5`,
		"-5":                   "-5",
		"2. ed":                `2\. ed`,
	} {
		if got := markup.FromPlain(source); got != want {
			t.Errorf("FromPlain(%q)\n got %q\nwant %q", source, got, want)
		}
	}
}

// shown gives the text of HTML as a browser shows it, white space aside.
func shown(t interface{ Fatalf(string, ...any) }, source string) string {
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatalf("%v", err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Data == "br" || n.Data == "p":
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestPlainShows(t *testing.T) {
	sign := rapid.SampledFrom([]rune("ab1 \n\t-+*_=#>~`|[]()<>/!&;.:\\$\"'ñ"))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringOfN(sign, 0, 40, -1).Draw(t, "plain")
		written := markup.FromPlain(plain)
		want := strings.Join(strings.Fields(plain), " ")
		if got := shown(t, markup.ToHTML(written)); got != want {
			t.Fatalf("%q as %q shows %q", plain, written, got)
		}
		if got := strings.Join(strings.Fields(markup.Text(written)), " "); got != want {
			t.Fatalf("the text of %q is %q", written, got)
		}
		if again := markup.FromHTML(html.EscapeString(want)); !strings.Contains(want, `\`) && !strings.Contains(want, "$$") {
			if got := shown(t, markup.ToHTML(again)); got != want {
				t.Fatalf("%q as HTML is %q, shows %q", want, again, got)
			}
		}
	})
}

// What FromHTML gives comes back from HTML the same.
func TestThereAndBack(t *testing.T) {
	for _, want := range []string{
		"Plain", "**bold** and *italic*", "a  \nb\n\nc", "- a\n- b", "1. a\n2. b", "`code`", "```\nx < 1\n  y\n```", "> quoted",
		"[Aula](https://aula.example)", `\( x_1 \) and $$a<b$$`, `2\*3 = 6 & \<b>`, "| a | b |\n|---|---|\n| 1 | 2 |", "## Title\n\ntext",
		`\[\[a]]`, "~~no~~", "¿Qué?", `snake_case "quoted" 'text'`, "**¿Cuál?** *Ésta*, ésa",
	} {
		got := markup.FromHTML(markup.ToHTML(want))
		if got != strings.ReplaceAll(want, "a<b", `a\lt b`) {
			t.Errorf("%q came back as %q by %q", want, got, markup.ToHTML(want))
		}
	}
}

func TestTakeMedia(t *testing.T) {
	rest, taken := markup.TakeMedia(`<p>Look: <IMG alt="The  map" src=" @@PLUGINFILE@@/map.png "/> here` +
		`<audio controls><source src="a.mp3">a.mp3</audio> and <a href="@@PLUGINFILE@@/b.pdf">b</a> <a href="https://e.example">c</a></p>`)
	want := []markup.Reference{{"@@PLUGINFILE@@/map.png", "The map"}, {"a.mp3", ""}, {"@@PLUGINFILE@@/b.pdf", ""}}
	if !slices.Equal(taken, want) {
		t.Errorf("taken %q", taken)
	}
	if got := markup.FromHTML(rest); got != "Look: here and b [c](https://e.example)" {
		t.Errorf("rest %q", got)
	}
}

func TestMarkdown(t *testing.T) {
	got := markup.FromMarkdown("**a** <b>b</b> ![map](https://e.example/m.png)\n\n<script>x</script>\n\n\\( a_b \\)")
	if want := "**a** **b** map\n\n\\( a_b \\)"; got != want {
		t.Errorf("got %q", got)
	}
	for markdown, want := range map[string]string{
		"*a* __b__\n* c":                             "*a* __b__\n* c", // as it was written
		"<https://e.example> 1 < 2 `<b>`":            "<https://e.example> 1 < 2 `<b>`",
		"[a](https://e.example) <ana@e.example>":     "[a](https://e.example) <ana@e.example>",
		"[a](javascript:alert(1)) *b*":               "a *b*",
		"[a](page.html) and [b](mailto:a@e.example)": "a and [b](mailto:a@e.example)",
		"<javascript:alert(1)>":                      "javascript:alert(1)",
	} {
		if got := markup.FromMarkdown(markdown); got != want {
			t.Errorf("%q becomes %q, want %q", markdown, got, want)
		}
	}
}

func TestHTMLText(t *testing.T) {
	got := markup.HTMLText("<p>Quito &amp; <b>Loja</b></p><script>no</script><p>a &lt; b<br>c</p>")
	if want := "Quito & Loja\na < b\nc"; got != want {
		t.Errorf("got %q", got)
	}
}

// Texts made to be slow or deep take no longer than their length: the test ends.
func TestHostile(t *testing.T) {
	const n = 30_000
	for _, source := range map[string]string{
		"deep":       strings.Repeat("<div>", n) + "x",
		"open":       strings.Repeat("<b>", n) + "x",
		"emphasis":   strings.Repeat("*_", n),
		"formulas":   strings.Repeat(`\(`, n),
		"brackets":   strings.Repeat("[", n),
		"tags":       strings.Repeat("<", n),
		"entities":   strings.Repeat("&", n),
		"attributes": "<p " + strings.Repeat("a ", n) + ">x",
		"attribute":  `<a href="` + strings.Repeat("x", 100*n) + `">x</a>`,
		"table":      "<table>" + strings.Repeat("<tr><td>", n/4) + "x",
		"list":       strings.Repeat("<ul><li>", n) + "x",
		"ticks":      "<b>" + strings.Repeat("`", n) + "</b>",
		"dollars":    strings.Repeat("$$ ", n),
		"long":       "<p>" + strings.Repeat("Larga es la frase. ", 10*n),
	} {
		markup.FromHTML(source)
		markup.HTMLText(source)
		markup.FromPlain(source)
	}
}

func FuzzFromHTML(f *testing.F) {
	for _, seed := range []string{
		"<p>¿Cuál <b>es</b>?</p>", "a &lt;b&gt; <!-- x -->", "<table><tr><td>a<td>b</table>", `<a href="https://x">y</a>`, "<pre><code>``` x",
		`\(a<b\) $$ <i>x</i> $$`, "<ul><li>a<ol><li>b", "<img src=x alt='`<b>`'>", "<b>*</b>_<i>_</i>", "<sub>2</sub>", "\x00<\xff", "&#60;script&#62;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) { check(t, source, markup.FromHTML(source)) })
}
