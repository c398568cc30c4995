package questions

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/runenames"
	"pgregory.net/rapid"
)

type (
	percent float64 // what a reading with a percent sign should be
	refused string  // the id of the refusal that should come instead
)

const (
	unreadable     = refused(numberUnreadable)
	ambiguous      = refused(numberAmbiguous)
	tooLarge       = refused(numberTooLarge)
	divisionByZero = refused(numberDivisionByZero)
)

var percentWords = map[string][]string{
	"es-EC": {"por ciento", "porciento", "ciento"},
	"en":    {"percent", "per cent"},
	"tr":    {"yüzde"},
	"ar-EG": {"بالمئة"},
	"vi":    {"phần trăm"},
}

// What a learner types, in which language, and what it means: a number, a percentage, or a refusal.
var numberRows = []struct {
	lang, text string
	want       any
}{
	// The language's own way.
	{"en", "7", 7.0},
	{"en", "1,234.5", 1234.5},
	{"en", "2,008", 2008.0},
	{"en", "2008", 2008.0},
	{"en-US", "1,234", 1234.0},
	{"en-US", "1.234", 1.234},
	{"es-EC", "1.234,5", 1234.5},
	{"es-EC", "1.234", 1234.0},
	{"es-EC", "1,234", 1.234},
	{"es-EC", "1234,5", 1234.5},
	{"es-MX", "1,234", 1234.0},
	{"es-MX", "1.234", 1.234},
	{"es-ES", "1.234", 1234.0},
	{"en-ZA", "1 234,5", 1234.5},
	{"en-IN", "12,34,567.5", 1234567.5},
	{"en-IN", "1,234,567.5", 1234567.5},
	{"hi", "१२,३४,५६७.५", 1234567.5},
	{"en", "12,34,567", unreadable},
	{"de-CH", "1’234’567.5", 1234567.5},
	{"de-CH", "1'234.5", 1234.5},
	{"fr", "1\u202f234\u202f567,5", 1234567.5},
	{"fr", "1\u00a0234,5", 1234.5},
	{"fr", "1\u2009234,5", 1234.5},
	{"fr", "1 234,5", 1234.5},
	{"fr-CH", "1 234,5", 1234.5},
	{"en", "1 234 567", 1234567.0},
	{"no", "1,234", 1.234},
	{"ar-EG", "١٬٢٣٤٫٥", 1234.5},
	{"ar-EG", "1,234.5", 1234.5},
	{"ar-MA", "1.234", 1234.0},
	{"fa", "۱٬۲۳۴٫۵", 1234.5},
	{"fa-IR", "۱۲٫۵", 12.5},
	{"bn", "১২.৫", 12.5},
	{"my", "၁,၂၃၄", 1234.0},

	// A foreign separator that can be only one thing.
	{"es-EC", "1.5", 1.5},
	{"es-EC", "0.125", 0.125},
	{"es-EC", "3.14159", 3.14159},
	{"es-EC", "1,234.5", 1234.5},
	{"es-EC", "1234.567", 1234.567},
	{"en", "1.234.567", 1234567.0},
	{"en", "1.234,5", 1234.5},
	{"en", "0,125", 0.125},
	{"en", "1,5", 1.5},
	{"en", ".5", 0.5},
	{"es-EC", ",5", 0.5},
	{"en", "5.", 5.0},
	{"en", "1٫234", 1.234},
	{"de-CH", "1,5", 1.5},

	// Two readings, and nothing to choose by.
	{"es", "1.234", ambiguous},
	{"es", "1,234", ambiguous},
	{"es-419", "1,234", ambiguous},
	{"es", "1.234 %", ambiguous},
	{"es", "-1.234e3", ambiguous},
	{"es", "1.23", 1.23},
	{"es", "0,125", 0.125},
	{"es", "1.234.567", 1234567.0},
	{"es", "1.234,50", 1234.5},
	{"es", "1.000/3", 1000.0 / 3},
	{"fr", "1.234", ambiguous},
	{"de-CH", "1,234", ambiguous},
	{"pt", "1.234", 1234.0},
	{"de", "1.234", 1234.0},

	// Groups out of place.
	{"en", "1,23,4", unreadable},
	{"en", "1,234,56", unreadable},
	{"en", "1,,234", unreadable},
	{"en", "1234,567,890", unreadable},
	{"en", "0,125,000", unreadable},
	{"en", "1 23", unreadable},
	{"en", "1 234,567.8.9", unreadable},
	{"en", "1,234 567", unreadable},
	{"en", "1-234", unreadable},
	{"en", "1.2.3", unreadable},
	{"en", "5'", unreadable},
	{"en", ".", unreadable},
	{"en", ",", unreadable},

	// Signs, spaces, widths and marks.
	{"en", "  42 ", 42.0},
	{"en", "+5", 5.0},
	{"en", "-5", -5.0},
	{"en", "- 5", -5.0},
	{"en", "−5", -5.0},
	{"en", "–5", -5.0},
	{"en", "﹣5", -5.0},
	{"en", "－５", -5.0},
	{"en", "--5", unreadable},
	{"en", "5-", unreadable},
	{"en", "-0", 0.0},
	{"ja", "１，２３４．５", 1234.5},
	{"he", "\u200e-12\u200f", -12.0},
	{"ar", "\u061c-١٢", -12.0},
	{"ar", "١2", unreadable},
	{"en", "𝟭𝟮", 12.0},
	{"en", "①", unreadable},
	{"en", "", unreadable},
	{"en", "   ", unreadable},
	{"en", "five", unreadable},
	{"en", "5 apples", unreadable},
	{"en", "NaN", unreadable},
	{"en", "Inf", unreadable},
	{"en", "0x10", unreadable},
	{"en", "1_000", unreadable},
	{"en", "5\xff", unreadable},

	// Percentages.
	{"en", "600%", percent(600)},
	{"es-EC", "600 %", percent(600)},
	{"es-EC", "600\u00a0%", percent(600)},
	{"es-EC", "12,5 por  ciento", percent(12.5)},
	{"es-EC", "12,5 PORCIENTO", percent(12.5)},
	{"en", "5Percent", percent(5)},
	{"en", "5\u00a0per\u00a0cent", percent(5)},
	{"en", "5 percent\u200f", percent(5)},
	{"en", "6e2 percent", percent(600)},
	{"en", "5 por ciento", unreadable},
	{"en", "percent", unreadable},
	{"en", "5% percent", unreadable},
	{"tr", "%600", percent(600)},
	{"tr", "-%600", percent(-600)},
	{"tr", "%-600", percent(-600)},
	{"tr", "Yüzde 600", percent(600)},
	{"ar-EG", "٦٠٠٪", percent(600)},
	{"ar-EG", "٦٠٠ بالمئة", percent(600)},
	{"vi", "5 " + "phâ\u0300n tra\u0306m", percent(5)},
	{"ja", "６００％", percent(600)},
	{"en", "1/2 %", percent(0.5)},
	{"en", "%5%", unreadable},
	{"en", "5‰", unreadable},
	{"en", "%", unreadable},

	// Fractions.
	{"en", "1/2", 0.5},
	{"en", "-3/4", -0.75},
	{"en", "1 1/2", 1.5},
	{"en", "-1 1/2", -1.5},
	{"en", "1 / 3", 1.0 / 3},
	{"en", "1 1/3", 4.0 / 3},
	{"en", "½", 0.5},
	{"en", "1½", 1.5},
	{"en", "-2 ¾", -2.75},
	{"en", "⅟8", 0.125},
	{"en", "1⁄2", 0.5},
	{"en", "½3", unreadable},
	{"en", "½½", unreadable},
	{"en", "1,000/3", 1000.0 / 3},
	{"es-EC", "1.000/3", 1000.0 / 3},
	{"ar", "١/٢", 0.5},
	{"en", "1.5/2", unreadable},
	{"en", "1/2/3", unreadable},
	{"en", "1/-2", unreadable},
	{"en", "/2", unreadable},
	{"en", "1/", unreadable},
	{"en", "1 2 1/2", unreadable},
	{"en", "5/0", divisionByZero},
	{"en", "0/0", divisionByZero},
	{"fr", "1 234 1/2", 1234.5},
	{"fr", "1 234/500", ambiguous}, // 1234/500, or 1 and 234/500
	{"en", "1 234/500", 1.468},

	// Powers of ten.
	{"en", "6e2", 600.0},
	{"en", "6E2", 600.0},
	{"en", "6e+2", 600.0},
	{"en", "6×10^2", 600.0},
	{"en", "6·10²", 600.0},
	{"en", "6x10^2", 600.0},
	{"en", "6 * 10^-2", 0.06},
	{"en", "6×10⁻²", 0.06},
	{"en", "-6 × 10⁺¹²", -6e12},
	{"es-EC", "1,5×10³", 1500.0},
	{"ar", "٢٫٥×١٠³", 2500.0},
	{"en", "10^6", 1e6},
	{"en", "10⁶", 1e6},
	{"en", "6²", unreadable},
	{"en", "6×10²3", unreadable},
	{"en", "6×10^²", unreadable},
	{"en", "610^2", unreadable},
	{"en", "6×2^3", unreadable},
	{"en", "6e", unreadable},
	{"en", "e2", unreadable},
	{"en", "6e2.5", unreadable},
	{"en", "1e308", 1e308},
	{"en", "1e309", tooLarge},
	{"en", "-1e309", tooLarge},
	{"en", "1e99999999999999999999", tooLarge},
	{"en", "1e-400", 0.0},
	{"en", "0e999", 0.0},
	{"en", strings.Repeat("9", 400), tooLarge},
	{"en", strings.Repeat("9", 400) + "/2", tooLarge},
	{"es", "1.234e306", tooLarge},
	{"en", strings.Repeat("9", 64<<10), unreadable},
}

func TestReadNumber(t *testing.T) {
	for _, row := range numberRows {
		t.Run(row.lang+" "+shortened(row.text), func(t *testing.T) {
			got, refusal := styleOf(language.MustParse(row.lang)).read(row.text, percentWords[row.lang])
			var answer any = got.value
			if refusal != nil {
				answer = refused(refusal.ID)
			} else if got.percent {
				answer = percent(got.value)
			}
			if answer != row.want {
				t.Errorf("got %T %v, want %T %v", answer, answer, row.want, row.want)
			}
		})
	}
}

func TestNumberRefusalArguments(t *testing.T) {
	for _, row := range []struct {
		lang, text string
		want       map[string]any
	}{
		{"es-EC", " doce ", map[string]any{"Text": "doce", "Example": "1.234,5"}},
		{"es", "doce", map[string]any{"Text": "doce", "Example": "1234,5"}},
		{"en", strings.Repeat("ñ", 41), map[string]any{"Text": strings.Repeat("ñ", 40) + "…", "Example": "1,234.5"}},
		{"en", "\xff", map[string]any{"Text": "\uFFFD", "Example": "1,234.5"}},
		{"es", "1.234", map[string]any{"Text": "1.234", "First": "1234", "Second": "1,2340"}},
		{"es", "-12,345 %", map[string]any{
			"Text": "-12,345 %", "First": "-12345\u00a0%", "Second": "-12,3450\u00a0%",
		}},
		{"fr", "1 234/500", map[string]any{"Text": "1 234/500", "First": "1,4680", "Second": "2,4680"}},
		{"en", "1/0", map[string]any{"Text": "1/0"}},
	} {
		_, refusal := styleOf(language.MustParse(row.lang)).read(row.text, nil)
		if refusal == nil || fmt.Sprint(refusal.Args) != fmt.Sprint(row.want) {
			t.Errorf("%s %q: got %q, want %q", row.lang, row.text, refusal, row.want)
		}
	}
}

func TestFormatNumber(t *testing.T) {
	for _, row := range []struct {
		lang    string
		value   float64
		want    string
		percent string
	}{
		{"en", 1234.5, "1,234.5", "1,234.5%"},
		{"en", 600, "600", "600%"},
		{"es", 600, "600", "600\u00a0%"},
		{"es-EC", 1234.5, "1.234,5", "1.234,5\u00a0%"},
		{"es-MX", 1234.5, "1,234.5", "1,234.5\u00a0%"},
		{"es", 1234.5, "1234,5", "1234,5\u00a0%"},
		{"es", 12345, "12.345", "12.345\u00a0%"},
		{"pt-PT", 1234, "1234", "1234%"},
		{"pt-AO", 1234, "1\u00a0234", "1\u00a0234%"},
		{"en-IN", -1234567.5, "-12,34,567.5", "-12,34,567.5%"},
		{"tr", -0.5, "-0,5", "-%0,5"},
		{"ar-EG", 1234.5, "١٬٢٣٤٫٥", "١٬٢٣٤٫٥٪\u061c"},
		{"no", 12345.5, "12\u00a0345,5", "12\u00a0345,5\u00a0%"},
		{"de-CH", 1234567, "1’234’567", "1’234’567%"},
		{"en", 0.1, "0.1", "0.1%"},
		{"en", math.Copysign(0, -1), "0", "0%"},
		{"en", 1e-7, "0.0000001", "0.0000001%"},
		{"en", 999999999999999, "999,999,999,999,999", "999,999,999,999,999%"},
		{"es", 1.5e300, "1,5×10³⁰⁰", "1,5×10³⁰⁰\u00a0%"},
		{"en", math.NaN(), "NaN", "NaN"},
		{"en", math.Inf(-1), "-Inf", "-Inf"},
	} {
		style := styleOf(language.MustParse(row.lang))
		if got := style.format(row.value); got != row.want {
			t.Errorf("%s format(%v) = %q, want %q", row.lang, row.value, got, row.want)
		}
		if got := style.formatPercent(row.value); got != row.percent {
			t.Errorf("%s formatPercent(%v) = %q, want %q", row.lang, row.value, got, row.percent)
		}
	}
}

// numberLanguages are all that x/text knows, and regions and digits with ways of their own.
func numberLanguages() []language.Tag {
	tags := display.Supported.Tags()
	for name := range strings.FieldsSeq("es-EC es-MX es-CR es-ES es-UY de-CH de-LI it-CH en-IN en-ZA en-150 en-US ar-EG " +
		"ar-MA ar-IQ fa fa-IR fa-AF ur-IN hi mr mr-IN ne bn bn-BD my dz-BT ps-AF uz-AF zh-TW no und zxx hi-u-nu-deva " +
		"en-u-nu-mathsanb fa-u-nu-latn th-u-nu-thai zh-u-nu-hanidec en-u-nu-zzzz en-US-u-va-posix en-x-private") {
		tags = append(tags, language.MustParse(name))
	}
	return tags
}

// readBoth reads the two readings a refusal shows, which can be read in one way each.
func readBoth(t *rapid.T, style *numberStyle, refusal *Refusal) (both []reading) {
	for _, name := range []string{"First", "Second"} {
		got, again := style.read(fmt.Sprint(refusal.Args[name]), nil)
		if again != nil {
			t.Fatalf("%v is shown as a reading, and refused: %v %v", refusal.Args[name], again.ID, again.Args)
		}
		both = append(both, got)
	}
	return both
}

// What format wrote, read gives back exactly. The one exception is documented at numberStyle.undecided: in "es" and
// "es-419" even the language's own 12.345 is ambiguous, and then the number is one of the two readings shown.
func TestFormattedNumbersReadBack(t *testing.T) {
	numbers := rapid.OneOf(
		rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64),
		rapid.Float64Range(-1e6, 1e6),
		rapid.Map(rapid.IntRange(-1e9, 1e9), func(n int) float64 { return float64(n) / 1000 }),
		rapid.Map(rapid.Int(), func(n int) float64 { return float64(n) }),
		rapid.Just(math.SmallestNonzeroFloat64),
	)
	for _, tag := range numberLanguages() {
		style := styleOf(tag)
		check := func(t *rapid.T, value float64, percent bool, written string) {
			got, refusal := style.read(written, nil)
			if refusal != nil && refusal.ID == numberAmbiguous && style.undecided {
				if !slices.Contains(readBoth(t, style, refusal), reading{value, percent}) {
					t.Fatalf("%v: %q has the readings %v, want %v among them", tag, written, refusal.Args, value)
				}
				return
			}
			if refusal != nil || got.value != value || got.percent != percent {
				t.Fatalf("%v: %q read as %v (%v), want %v", tag, written, got, refusal, value)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			value := numbers.Draw(t, "number")
			check(t, value, false, style.format(value))
			check(t, value, true, style.formatPercent(value))
		})
	}
}

func TestUndecidedLanguages(t *testing.T) {
	var undecided []string
	for _, tag := range numberLanguages() {
		if styleOf(tag).undecided {
			undecided = append(undecided, tag.String())
		}
	}
	if got := strings.Join(undecided, " "); got != "es es-419" {
		t.Errorf("undecided are %s", got)
	}
}

// The separators of every language are ones that foldNumber knows, and typed and written ones agree.
func TestSeparatorsOfAllLanguages(t *testing.T) {
	for _, tag := range numberLanguages() {
		style := styleOf(tag)
		written, ok := foldNumber(style.decimal + style.group)
		typed := string([]byte{style.typedDecimal, style.typedGroup})
		if !ok || string(written) != typed && string(written) != string([]byte{arabicDecimal, arabicGroup}) {
			t.Errorf("%v writes %q, typed %q", tag, written, typed)
		}
		if sign := style.percentSign(); sign != "%" && sign != "٪" {
			t.Errorf("%v: percent sign %q", tag, sign)
		}
	}
}

func TestDigitOfEveryScript(t *testing.T) {
	names := [...]string{"ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"}
	for r := range unicode.MaxRune + 1 {
		value, zero, ok := digit(r)
		if ok != unicode.Is(unicode.Nd, r) {
			t.Errorf("%q: digit is %v", r, ok)
		}
		if ok && (!strings.HasSuffix(runenames.Name(r), "DIGIT "+names[value]) || zero != r-rune(value)) {
			t.Errorf("%q %s has value %d, zero %q", r, runenames.Name(r), value, zero)
		}
	}
}

func TestStyleCacheIsBounded(t *testing.T) {
	for i := range 3 * maxStyles {
		name := fmt.Sprintf("a%c%c", 'a'+i/26%26, 'a'+i%26)
		if tag, err := language.Parse(fmt.Sprintf("%s-%03d-u-nu-x%05d", name, i%1000, i)); err == nil {
			styleOf(tag)
		}
		if tag, err := language.Parse(fmt.Sprintf("en-u-nu-x%05d", i)); err == nil {
			styleOf(tag)
		}
		styleOf(language.MustParse(fmt.Sprintf("en-x-a%d", i)))
	}
	if len(styles.made) > maxStyles {
		t.Errorf("%d styles are kept", len(styles.made))
	}
	if en := language.English; styleOf(en) != styleOf(language.MustParse("en-x-other")) {
		t.Error("a private subtag makes another style")
	}
}

func FuzzReadNumber(f *testing.F) {
	tags := numberLanguages()
	for i, row := range numberRows {
		f.Add(uint(i), row.text)
	}
	f.Fuzz(func(t *testing.T, i uint, text string) {
		got, refusal := styleOf(tags[i%uint(len(tags))]).read(text, []string{"per cent", "percent", ""})
		if refusal == nil {
			if math.IsInf(got.value, 0) || math.IsNaN(got.value) {
				t.Errorf("%q read as %v", text, got.value)
			}
			return
		}
		switch refused(refusal.ID) {
		case unreadable, ambiguous:
			shown := refusal.Args["Text"].(string)
			if !utf8.ValidString(shown) || utf8.RuneCountInString(shown) > 41 {
				t.Errorf("%q is shown as %q", text, shown)
			}
		case tooLarge, divisionByZero:
		default:
			t.Errorf("%q: refusal %q", text, refusal.ID)
		}
	})
}

func BenchmarkReadNumber(b *testing.B) {
	style := styleOf(language.MustParse("es-EC"))
	for _, text := range []string{
		"42", "-1.234.567,5 %", "1 1/2", "6×10²", "12,5 por ciento", "١٬٢٣٤٫٥",
		strings.Repeat("1 234/", 600), strings.Repeat("1,234.", 600),
	} {
		b.Run(shortened(text), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = style.read(text, percentWords["es-EC"])
			}
		})
	}
}

func BenchmarkFormatNumber(b *testing.B) {
	style := styleOf(language.MustParse("es-EC"))
	b.ReportAllocs()
	for b.Loop() {
		style.format(-1234567.5)
	}
}

func BenchmarkStyleOf(b *testing.B) {
	tag := language.MustParse("es-EC")
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			styleOf(tag)
		}
	})
	var key styleKey
	key.base, key.script, key.region = tag.Raw()
	b.Run("made", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newStyle(key)
		}
	})
}
