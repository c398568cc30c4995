package questions

import (
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

var testArticles = map[string][]string{
	"en": {"the", "a", "an"},
	"es": {"el", "la", "los", "las", "un", "una"},
	"fr": {"le", "la", "les", "l'", "l’"},
	"el": {"ο", "η", "το", "τα"},
	"pt": {"o", "a", "os", "as", "à"},
}

// TestMatch reads: in lang, accepted against typed. Brackets in typed, which are not part
// of it, are where the difference must be shown. Typos are forgiven unless opts say none;
// opts are of ignore, require, case, punct, wild, notypos.
func TestMatch(t *testing.T) {
	for _, row := range []struct {
		lang, accepted, typed, opts string
		want                        matchKind
	}{
		// What never matters: case, spaces, quotes, dashes, final punctuation, width, form.
		{"en", "New York", "  new \t YORK ", "", matchExact},
		{"en", "New York", "new\u00a0york\u2003", "", matchExact},
		{"en", "New York", "NewYork", "", matchPunctuation},
		{"en", "anti-drug", "anti drug", "", matchExact},
		{"en", "anti-drug", "anti – drug", "", matchExact},
		{"en", "anti-drug", "antidrug", "", matchPunctuation},
		{"en", "rock 'n' roll", "rock ’n’ roll", "", matchExact},
		{"en", "rock 'n' roll", "Rock ´n` roll", "", matchExact},
		{"en", "don't", "dont", "", matchExact},
		{"es", "«Don Quijote»", "“don quijote”.", "", matchExact},
		{"es", "¿Qué pasa?", "qué pasa", "", matchExact},
		{"es", "Quito, Ecuador", "quito ecuador", "", matchPunctuation},
		{"en", "U.S.A.", "usa", "", matchPunctuation},
		{"en", "office", "oﬃce", "", matchExact},
		{"en", "Tokyo", "Ｔｏｋｙｏ", "", matchExact},
		{"en", "mc²", "MC2", "", matchExact},
		{"en", "word", "wo\x00r\u0080d\x7f", "", matchExact},
		{"en", "word", "\u200fwo\u200brd\u2069\ufeff", "", matchExact},
		{"es", "Galápagos", "gala\u0301pagos", "", matchExact},
		{"fa", "می\u200cخواهم", "میخواهم", "", matchExact},
		{"fa", "می\u200cخواهم", "می خواهم", "", matchPunctuation},
		{"ar", "محمد", "محـــمد", "", matchExact},
		{"fa", "۱۹۸۹", "1989", "", matchExact},
		{"ff", "𞥑𞥙", "19", "", matchExact},
		{"am", "፩", "፩", "", matchExact},
		{"am", "፩", "፪", "", matchNone}, // numbers, but no decimal digits
		{"en", "Hawaiʻi", "hawaii", "", matchExact},
		{"en", "❤️", "❤", "", matchExact},
		{"en", "", "", "", matchNone},
		{"en", "word", " \u200b", "", matchNone},
		{"es", "¿", "¿", "", matchExact},
		{"es", "¿", "?", "", matchNone},

		// What matters when asked.
		{"en", "USA", "usa", "case", matchNone},
		{"en", "London", "london", "case", matchNone},
		{"en", "London", "Lo[m]don", "case", matchTypo},
		{"en", "Łódź", "Lodz", "case", matchAccent},
		{"en", "Łódź", "lodz", "case", matchNone},
		{"tr", "İzmir", "[I]zmir", "case", matchTypo},
		{"de", "STRAẞE", "STRASSE", "case", matchExact},
		{"en", "Let's eat, grandma", "Lets eat grandma", "punct", matchNone},
		{"en", "Let's eat, grandma", "let’s eat, grandma", "punct", matchExact},
		{"en", "Stop.", "Stop", "punct", matchNone},
		{"en", "well-known", "well—known", "punct", matchExact},

		// Accents.
		{"es", "Galápagos", "Gal[a]pagos", "", matchAccent},
		{"es", "Galápagos", "Galapagos", "ignore", matchExact},
		{"es", "Galápagos", "Galapagos", "require", matchNone},
		{"es", "Galápagos", "Galápag[u]s", "require", matchTypo},
		{"es", "Galápagos", "Galapagus", "require", matchNone},
		{"es", "papa", "pap[á]", "", matchAccent},
		{"es", "pingüino", "PING[U]INO", "", matchAccent},
		{"fr", "cœur", "c[o]eur", "", matchAccent},
		{"fr", "élève", "[e]leve", "", matchAccent},
		{"de", "Straße", "STRASSE", "", matchExact},
		{"de", "München", "M[u]nchen", "", matchAccent},
		{"de", "München", "Mu[e]nchen", "", matchTypo},
		{"el", "Οδυσσεύς", "ΟΔΥΣΣΕΥΣ", "ignore", matchExact},
		{"el", "Αθήνα", "αθ[η]να", "", matchAccent},
		{"vi", "Việt Nam", "Vi[e]t Nam", "", matchTypo}, // ê is a letter, its tone an accent
		{"vi", "Huế", "Hu[ê]", "", matchAccent},
		{"ru", "ёлка", "[е]лка", "", matchAccent},
		{"he", "שָׁלוֹם", "[ש]לום", "", matchAccent},
		{"ar", "مُحَمَّد", "[م]حمد", "", matchAccent},

		// Letters of their own, by language.
		{"es", "año", "ano", "", matchNone},
		{"en", "año", "a[n]o", "", matchAccent},
		{"es-EC", "español", "espa[n]ol", "", matchTypo},
		{"es-EC", "español", "espanol", "notypos", matchNone},
		{"gl", "ano", "año", "", matchNone},
		{"en", "señor", "se[n]or", "", matchAccent},
		{"sv", "år", "ar", "", matchNone},
		{"nb", "år", "ar", "", matchNone},
		{"da", "øl", "ol", "", matchNone},
		{"en", "øl", "[o]l", "", matchAccent},
		{"da", "Malmö", "Malm[ø]", "", matchAccent},
		{"sv", "Tromsø", "Troms[ö]", "", matchAccent},
		{"da", "Zürich", "Z[u]rich", "notypos", matchAccent},
		{"hu", "őr", "[ö]r", "", matchAccent},
		{"hu", "őr", "or", "", matchNone},
		{"pl", "Łódź", "Lodz", "", matchNone},
		{"en", "Łódź", "[L]odz", "", matchAccent},
		{"en", "Þór", "[T]hor", "", matchAccent},
		{"is", "Þór", "Thor", "", matchNone},
		{"en", "Cæsar", "C[a]esar", "", matchAccent},
		{"hr", "đak", "dak", "", matchNone},
		{"sr-Latn", "čas", "cas", "", matchNone},
		{"ro", "șapte", "[ş]apte", "", matchAccent},
		{"ru", "мой", "мои", "", matchNone},
		{"ja", "かき", "がき", "", matchNone},
		{"tr", "ığdır", "IĞDIR", "", matchExact},
		{"tr", "İstanbul", "istanbul", "", matchExact},
		{"tr", "ılık", "ilik", "", matchNone},
		{"en", "Diyarbakır", "Diyarbak[i]r", "", matchAccent},
		{"en", "İzmir", "[i]zmir", "", matchAccent},

		// Articles.
		{"en", "The Beatles", "beatles", "", matchPunctuation},
		{"en", "Beatles", "the beatles", "", matchPunctuation},
		{"es", "la guerra", "guerra", "", matchPunctuation},
		{"es", "la", "el", "", matchNone},
		{"es", "ladrón", "el ladr[o]n", "", matchAccent},
		{"fr", "l'eau", "eau", "", matchPunctuation},
		{"fr", "eau", "L’eau", "", matchPunctuation},
		{"el", "η Αθήνα", "Αθήνα", "", matchPunctuation},
		{"en", "A-bomb", "bomb", "notypos", matchNone},
		{"es", "La Paz", "la pas", "", matchNone}, // three letters without the article

		// Typos.
		{"en", "no", "yo", "", matchNone},
		{"en", "cat", "cut", "", matchNone},
		{"en", "Peru", "Per[o]", "", matchTypo},
		{"en", "Galapagos", "galap[]gos", "", matchTypo},
		{"en", "Galapagos", "gal[l]apagos", "", matchTypo},
		{"en", "Galapagos", "ga[al]pagos", "", matchTypo},
		{"en", "Galapagos", "galapago[]", "", matchTypo},
		{"en", "Galapagos", "galapagos[s]", "", matchTypo},
		{"en", "Galapagos", "[k]alapagoz", "", matchTypo},
		{"en", "Galapagos", "kalapakoz", "", matchNone},
		{"en", "Quito", "kwito", "", matchNone},
		{"en", "Quito", "«qui[y]o»", "", matchTypo},
		{"en", "Quito", "\u200bqui\u200b[y]o", "", matchTypo},
		{"es", "Galápagos", "galap[]gos", "", matchTypo},
		{"en", "2008", "2009", "", matchNone},
		{"en", "November 2008", "Nove[n]ber 2008", "", matchTypo},
		{"en", "November 2008", "November 2009", "", matchNone},
		{"en", "Apollo 11", "Apollo 1", "", matchNone},
		{"en", "C#", "C", "", matchNone},
		{"en", "50%", "50", "", matchNone},
		{"en", "1.5", "15", "", matchNone},
		{"en", "1.5", "1,5", "", matchExact},
		{"en", "10,000 men", "10 000 men", "", matchExact},
		{"en", "-5", "5", "", matchNone},
		{"en", "-5", "−5", "", matchExact},
		{"en", "Covid-19", "covid 19", "", matchExact},
		{"zh", "北京大学", "北京中学", "", matchNone},
		{"ko", "대한민국", "대한[밍]국", "", matchTypo},
		{"ko", "사람", "사랑", "", matchNone},
		{"hi", "हिन्दुस्तान", "हिन्[दू]स्तान", "", matchTypo},

		// Wildcards.
		{"en", "*cohen*", "Stanley Cohen", "wild", matchExact},
		{"en", "moral * panic", "moral panic", "wild", matchExact},
		{"en", "the *", "the cat", "wild", matchExact},
		{"es", "*galápagos", "islas galapagos", "wild", matchAccent},
		{"en", "a*b*c", "axbx", "wild", matchNone},
		{"en", `C\*`, "c*", "wild", matchExact},
		{"en", `C\*`, "cat", "wild", matchNone},
		{"en", "*", "anything", "wild", matchExact},
		{"en", "*", "", "wild", matchNone},

		// Bytes that are not UTF-8.
		{"en", "caf\xff", "caf\xfe", "", matchExact},
		{"en", "café", "caf\xe9", "", matchNone},
	} {
		opts := testOptions(row.lang, row.opts)
		typed := strings.NewReplacer("[", "", "]", "").Replace(row.typed)
		p := compilePattern(row.accepted, opts, strings.Contains(row.opts, "wild"))
		text := prepare(typed, opts)
		got := p.match(&text)
		if got.kind != row.want {
			t.Errorf("%s %q %q %s: kind %d, want %d", row.lang, row.accepted, typed, row.opts, got.kind, row.want)
			continue
		}
		if from := strings.IndexByte(row.typed, '['); from >= 0 {
			to := strings.IndexByte(row.typed, ']') - 1
			if got.from != from || got.to != to {
				t.Errorf("%s %q %q: at %d to %d, want %d to %d", row.lang, row.accepted, typed, got.from, got.to, from, to)
			}
		}
	}
}

func testOptions(lang, flags string) textOptions {
	opts := textOptions{
		tag:           language.Make(lang),
		caseSensitive: strings.Contains(flags, "case"),
		punctuation:   strings.Contains(flags, "punct"),
		typos:         !strings.Contains(flags, "notypos"),
		articles:      testArticles[lang],
	}
	switch {
	case strings.Contains(flags, "ignore"):
		opts.accents = accentsIgnore
	case strings.Contains(flags, "require"):
		opts.accents = accentsRequire
	}
	return opts
}

func TestBestMatch(t *testing.T) {
	opts := testOptions("es", "")
	compile := func(texts ...string) []pattern {
		var patterns []pattern
		for _, text := range texts {
			patterns = append(patterns, compilePattern(text, opts, true))
		}
		return patterns
	}
	accepted := compile("legal", "lícito", "permitido")
	best := func(accepted, others []pattern, typed string) (int, match) {
		text := prepare(typed, opts)
		_, wrong := nearestMatch(others, &text)
		return bestMatch(accepted, &text, wrong)
	}
	for _, row := range []struct {
		typed    string
		others   []string
		want     int
		wantKind matchKind
	}{
		{"legal", nil, 0, matchExact},
		{"licito", nil, 1, matchAccent},
		{"ilegal", nil, 0, matchTypo},
		{"ilegal", []string{"ilegal"}, -1, matchNone},
		{"¡Ilegal!", []string{"ilegal"}, -1, matchNone},
		{"licito", []string{"licito"}, -1, matchNone},
		{"legal", []string{"legal"}, 0, matchExact},
		{"prometido", []string{"prometida"}, -1, matchNone}, // nearer to the wrong one
		{"", nil, -1, matchNone},
		{"otra cosa", nil, -1, matchNone},
	} {
		index, got := best(accepted, compile(row.others...), row.typed)
		if index != row.want || got.kind != row.wantKind {
			t.Errorf("%q: %d, kind %d, want %d, %d", row.typed, index, got.kind, row.want, row.wantKind)
		}
	}
	if index, got := best(nil, nil, "x"); index != -1 || got.kind != matchNone {
		t.Errorf("nothing accepted: %d, %d", index, got.kind)
	}
}

func TestExpectedIsShownAsWritten(t *testing.T) {
	opts := testOptions("es", "")
	text := prepare("galapagos * 1", opts)
	p := compilePattern(`¡Galápagos \* *!`, opts, true)
	if got := p.match(&text).expected; got != "¡Galápagos * …!" {
		t.Error(got)
	}
}

// TestCharsAreGraphemes holds the chars of letters against the library of clusters.
func TestCharsAreGraphemes(t *testing.T) {
	for _, text := range []string{"Galápagos", "Việtnam", "Οδυσσεύς", "ёлка", "대한민국", "שָׁלוֹם", "مُحَمَّد", "がき"} {
		for _, form := range []norm.Form{norm.NFC, norm.NFD} {
			text = form.String(text)
			got := len(prepare(text, textOptions{tag: language.Und}).exact.views[0])
			if want := uniseg.GraphemeClusterCount(text); got != want {
				t.Errorf("%q: %d chars, want %d", text, got, want)
			}
		}
	}
}

func TestAlphabetsAreBounded(t *testing.T) {
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b += 2 {
			alphabetOf(language.Make(string(a) + string(b)))
		}
	}
	if n := len(alphabets.made); n > maxAlphabets {
		t.Errorf("%d alphabets kept", n)
	}
}

// texts generates short texts of runes that are in each other's way.
func texts() *rapid.Generator[string] {
	runes := []rune("aábnñoóöőøæßiıİIſςσΣαάᾳﬁ½²ｅ가각がカ北क्षि٣۱12-–.,'’“” \u00a0\u0301\u0303\u0308\u0323\u200b\ufe0f*¿#+المُ")
	return rapid.StringOfN(rapid.SampledFrom(runes), 0, 12, -1)
}

func options(t *rapid.T) textOptions {
	lang := rapid.SampledFrom([]string{"en", "es", "tr", "da", "hu", "vi", "el", "fr", "pt", "ar"}).Draw(t, "lang")
	flags := rapid.SliceOf(rapid.SampledFrom([]string{"ignore", "require", "case", "punct", "notypos"})).Draw(t, "flags")
	return testOptions(lang, strings.Join(flags, " "))
}

func TestTextIsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts, text := options(t), texts().Draw(t, "text")
		p, typed := compilePattern(text, opts, false), prepare(text, opts)
		want := matchExact
		if typed.empty() {
			want = matchNone
		}
		if got := p.match(&typed).kind; got != want {
			t.Fatalf("%q is not itself but %d", text, got)
		}
	})
}

func TestNormalFormDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := options(t)
		accepted, typed := texts().Draw(t, "accepted"), texts().Draw(t, "typed")
		p, text := compilePattern(accepted, opts, false), prepare(typed, opts)
		want := p.match(&text)
		for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
			q, other := compilePattern(form.String(accepted), opts, false), prepare(form.String(typed), opts)
			if got := q.match(&other); got.kind != want.kind || got.edits != want.edits {
				t.Fatalf("form %d of %q, %q: kind %d, want %d", form, accepted, typed, got.kind, want.kind)
			}
		}
	})
}

func TestMatchIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		opts := options(t)
		opts.typos = false // which the letters of the accepted text decide
		a, b := texts().Draw(t, "a"), texts().Draw(t, "b")
		if rapid.Bool().Draw(t, "folded") {
			b = strings.ToUpper(norm.NFD.String(a))
		}
		p, q := compilePattern(a, opts, false), compilePattern(b, opts, false)
		if there, back := p.match(&q.preparedText), q.match(&p.preparedText); there.kind != back.kind {
			t.Fatalf("%q, %q: %d one way, %d the other", a, b, there.kind, back.kind)
		}
	})
}

// written gives a folded text back as one that can be folded again.
func written(chars []char) string {
	var b strings.Builder
	for i, c := range chars {
		if i > 0 {
			switch {
			case c.gap&gapMark != 0:
				b.WriteByte(',')
			case c.gap&(gapSpace|gapDash) != 0:
				b.WriteByte(' ')
			case c.gap != 0:
				b.WriteByte('\'')
			}
		}
		end := slices.Index(c.runes[:], 0)
		if end < 0 {
			end = len(c.runes)
		}
		b.WriteString(string(c.runes[:end]))
	}
	return b.String()
}

func sameFolded(a, b []char) bool {
	return slices.EqualFunc(a, b, func(a, b char) bool { return a.runes == b.runes && a.kind == b.kind })
}
