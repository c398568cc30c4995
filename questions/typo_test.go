package questions

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// words generates texts of few letters and a digit, so that they are often near.
func words(t *rapid.T, name string) []char {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("abc1")), 0, 9, -1).Draw(t, name)
	return prepare(text, testOptions("en", "")).right.views[0]
}

// fullDistance is the distance by the whole table, as the definition has it.
func fullDistance(a, b []char) int {
	const never = 1 << 20
	cells := make([][]int, len(a)+1)
	for i := range cells {
		cells[i] = make([]int, len(b)+1)
		for j := range cells[i] {
			best := never
			if i == 0 && j == 0 {
				best = 0
			}
			if i > 0 && a[i-1].kind == charLetter {
				best = min(best, cells[i-1][j]+1)
			}
			if j > 0 && b[j-1].kind == charLetter {
				best = min(best, cells[i][j-1]+1)
			}
			if i > 0 && j > 0 {
				best = min(best, cells[i-1][j-1]+exchange(a[i-1], b[j-1], never))
			}
			if i > 1 && j > 1 && swapped(a[i-2:], b[j-2:]) {
				best = min(best, cells[i-2][j-2]+1)
			}
			cells[i][j] = best
		}
	}
	return cells[len(a)][len(b)]
}

func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := words(t, "a"), words(t, "b")
		limit := rapid.IntRange(0, maxTypos).Draw(t, "limit")
		want := min(fullDistance(a, b), limit+1)
		if got := distance(a, b, limit); got != want {
			t.Fatalf("distance %d, want %d", got, want)
		}
		if back := distance(b, a, limit); back != want {
			t.Fatalf("distance %d back, want %d", back, want)
		}
	})
}

// TestFirstEdit undoes the edit that is shown, which must leave one edit less.
func TestFirstEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := words(t, "a"), words(t, "b")
		edits := fullDistance(a, b)
		if edits < 1 || edits > maxTypos {
			return
		}
		at, length := firstEdit(a, b, edits)
		rest := b[at+length:]
		for taken := max(0, 1-length); taken <= min(2, len(a)-at); taken++ {
			if distance(a[at+taken:], rest, edits-1) == edits-1 {
				return
			}
		}
		t.Fatalf("%q for %q: %d edits, but not %d at %d", written(b), written(a), edits, length, at)
	})
}

func FuzzMatch(f *testing.F) {
	langs := []string{"en", "es", "tr", "da", "vi", "el", "ko", "zz"}
	flags := []string{"", "ignore", "require", "case", "punct", "wild", "case require wild", "punct ignore notypos"}
	for i, text := range []string{
		"Galápagos", "caf\xff\xfe", "l'été", "İıI\u0307", "-5 10,000.5", "*a\\**", "ﷺ ½ ㋿", "e\u0301\u0323\u0308\u0307\u0300",
		"각ᆨᅡ ㅏ", "👩‍🚀🏴‍☠️1️⃣", "ʼ´`", "¿?…", "\u034f\u200d\u0301", "\u0345α\u0345", "ẞß ǅ", strings.Repeat("\u0300", 100),
	} {
		f.Add(text, "galapagos", uint8(i), uint8(i))
		f.Add("The word", text, uint8(i), uint8(i+1))
	}
	f.Fuzz(func(t *testing.T, accepted, typed string, lang, flag uint8) {
		flagged := flags[int(flag)%len(flags)]
		opts := testOptions(langs[int(lang)%len(langs)], flagged)
		p := compilePattern(accepted, opts, strings.Contains(flagged, "wild"))
		text := prepare(typed, opts)
		_, m := bestMatch([]pattern{p}, &text, match{kind: matchNone})
		if m.from < 0 || m.from > m.to || m.to > len(typed) {
			t.Fatalf("%q, %q: at %d to %d", accepted, typed, m.from, m.to)
		}
		if utf8.ValidString(typed) && (!utf8.ValidString(typed[:m.from]) || !utf8.ValidString(typed[:m.to])) {
			t.Fatalf("%q, %q: %d to %d cuts a rune", accepted, typed, m.from, m.to)
		}
		if again := prepare(written(text.exact.views[0]), opts); !sameFolded(text.exact.views[0], again.exact.views[0]) {
			t.Fatalf("%+q is folded to %+q, then to %+q", typed, written(text.exact.views[0]), written(again.exact.views[0]))
		}
	})
}

// TestLongTexts would not end if any time were not linear in the text.
func TestLongTexts(t *testing.T) {
	const size = 256 << 10
	for _, unit := range []string{"a", "á", "e\u0301\u0323", "1,", "각", "ﷺ", "a b "} {
		long := strings.Repeat(unit, size/len(unit))
		for _, flags := range []string{"", "case require", "punct"} {
			opts := testOptions("es", flags)
			patterns := []pattern{
				compilePattern("*ñ*ñ*", opts, true),
				compilePattern(long+"x", opts, false),
				compilePattern(long, opts, false),
			}
			text := prepare(long, opts)
			_, wrong := nearestMatch(patterns[:2], &text)
			if index, m := bestMatch(patterns, &text, wrong); index != 2 || m.kind != matchExact {
				t.Errorf("%q, %s: matched %d, %d", unit, flags, index, m.kind)
			}
		}
	}
	for _, unit := range []string{"\u0300", " ", "-", "'", "\u200b", "\xff"} {
		prepare(strings.Repeat(unit, size), testOptions("es", ""))
	}
}

func benchmarkMatch(b *testing.B, lang, typed string, accepted ...string) {
	opts := testOptions(lang, "")
	var patterns, others []pattern
	for _, text := range accepted {
		patterns = append(patterns, compilePattern(text, opts, false))
	}
	for _, text := range []string{"pánico", "control social", "desviación"} {
		others = append(others, compilePattern(text, opts, false))
	}
	b.ReportAllocs()
	for b.Loop() {
		text := prepare(typed, opts)
		_, wrong := nearestMatch(others, &text)
		bestMatch(patterns, &text, wrong)
	}
}

var benchmarkAccepted = []string{
	"la construcción social del problema", "construcción del problema social", "el pánico moral",
	"la criminalización", "las islas Galápagos",
}

func BenchmarkMatchExact(b *testing.B) {
	benchmarkMatch(b, "es", "el pánico moral", benchmarkAccepted...)
}

func BenchmarkMatchAccent(b *testing.B) {
	benchmarkMatch(b, "es", "las islas galapagos", benchmarkAccepted...)
}

func BenchmarkMatchTypo(b *testing.B) {
	benchmarkMatch(b, "es", "la construccion socail del problema", benchmarkAccepted...)
}

func BenchmarkMatchNone(b *testing.B) {
	benchmarkMatch(b, "es", "la construcción de otra cosa distinta", benchmarkAccepted...)
}

func BenchmarkMatchGreek(b *testing.B) {
	benchmarkMatch(b, "el", "ο ηθικός πανικός", "ηθικός πανικός", "ηθικός", "πανικός", "η κοινωνία", "το πρόβλημα")
}

func BenchmarkAlphabet(b *testing.B) {
	tag := testOptions("da", "").tag
	b.ReportAllocs()
	for b.Loop() {
		newAlphabet(tag)
	}
}
