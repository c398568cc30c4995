package questions

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// noBreakSpace keeps a unit with its number.
const noBreakSpace = "\u00a0"

// writeValue gives a value as the language writes it, or "" where it cannot: a name or a
// unit not translated, a day in a language whose months are not known.
func writeValue(v *aulav1.FactValue, lang string, words Words) string {
	style := styleOf(language.Make(lang))
	switch kind := v.GetKind().(type) {
	case *aulav1.FactValue_Number:
		return writeNumber(kind.Number, lang, style)
	case *aulav1.FactValue_Percent:
		return style.formatPercent(kind.Percent)
	case *aulav1.FactValue_Year:
		return style.plain(int(kind.Year))
	case *aulav1.FactValue_MonthDay, *aulav1.FactValue_Date:
		if day, ok := dayOf(v); ok {
			return writeDay(day, lang, words)
		}
		return ""
	}
	return nameOf(v).GetText()[lang]
}

func writeNumber(n *aulav1.FactNumber, lang string, style *numberStyle) string {
	written := style.format(n.GetValue())
	if len(n.GetUnit()) == 0 {
		return written
	}
	unit := n.GetUnit()[lang]
	if leads(unit) {
		return unit + written
	}
	if unit != "" {
		return written + noBreakSpace + unit
	}
	return ""
}

// plain writes a whole number in the language's digits, ungrouped, as years and days are.
func (s *numberStyle) plain(n int) string {
	return string(s.appendDigits(nil, strconv.AppendInt(nil, int64(n), 10)))
}

// day is a day of a year, or of any year (0).
type day struct{ year, month, day int }

// leapYear stands for any year: it has every day there is.
const leapYear = 2000

// exists reports whether the calendar has that day.
func (d day) exists() bool {
	year := cmp.Or(d.year, leapYear)
	return year >= 1 && year <= 9999 && d.day >= 1 && d.day <= daysIn(year, d.month)
}

// daysIn is the length of a month, 1 to 12, of a year.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// dayOf gives the day a value is, and whether the calendar has it.
func dayOf(v *aulav1.FactValue) (day, bool) {
	if v.GetMonthDay() != nil {
		d := day{month: int(v.GetMonthDay().GetMonth()), day: int(v.GetMonthDay().GetDay())}
		return d, d.exists()
	}
	return parseDay(v.GetDate())
}

// parseDay reads YYYY-MM-DD.
func parseDay(text string) (day, bool) {
	t, err := time.Parse(time.DateOnly, text)
	d := day{t.Year(), int(t.Month()), t.Day()}
	return d, err == nil && d.exists()
}

// writeDay writes a day by the pattern and the month names that the locale files have for
// the language: x/text writes no dates.
func writeDay(d day, lang string, words Words) string {
	id := "month_day"
	if d.year != 0 {
		id = "date"
	}
	pattern, months := words.one(lang, id), words(lang, "months")
	if pattern == "" || len(months) != 12 {
		return ""
	}
	style := styleOf(language.Make(lang))
	return strings.NewReplacer(
		"{day}", style.plain(d.day), "{month}", months[d.month-1], "{year}", style.plain(d.year),
	).Replace(pattern)
}

// one gives the only word a language has for a thing, or "".
func (w Words) one(lang, id string) string {
	if words := w(lang, id); len(words) > 0 {
		return words[0]
	}
	return ""
}

// nameOf is the name that a value is, or nil for numbers and days.
func nameOf(v *aulav1.FactValue) *aulav1.FactName {
	switch kind := v.GetKind().(type) {
	case *aulav1.FactValue_Person:
		return kind.Person
	case *aulav1.FactValue_Place:
		return kind.Place
	case *aulav1.FactValue_Organisation:
		return kind.Organisation
	case *aulav1.FactValue_Text:
		return kind.Text
	}
	return nil
}

// typeOf is the name of the field of FactValue.kind that is set, or "".
func typeOf(v *aulav1.FactValue) string {
	m := v.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind"))
	if field == nil {
		return ""
	}
	return string(field.Name())
}

// canonical names a value in no language in particular, but for names and units, which
// are named in the one given.
func canonical(v *aulav1.FactValue, lang string) string {
	switch kind := v.GetKind().(type) {
	case *aulav1.FactValue_Number:
		return "number:" + canonicalFloat(kind.Number.GetValue()) + ":" + kind.Number.GetUnit()[lang]
	case *aulav1.FactValue_Percent:
		return "percent:" + canonicalFloat(kind.Percent)
	case *aulav1.FactValue_Year:
		return "year:" + strconv.Itoa(int(kind.Year))
	case *aulav1.FactValue_MonthDay:
		return "month_day:" + strconv.Itoa(int(kind.MonthDay.GetMonth())) + "-" + strconv.Itoa(int(kind.MonthDay.GetDay()))
	case *aulav1.FactValue_Date:
		return "date:" + kind.Date
	}
	return typeOf(v) + ":" + nameOf(v).GetText()[lang]
}

func canonicalFloat(x float64) string {
	return strconv.FormatFloat(x+0, 'g', -1, 64) // -0 is 0
}
