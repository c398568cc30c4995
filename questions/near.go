package questions

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// What could stand in place of a number or a day and be wrong. How many of the numbers lie
// below the key is decided by a hash, so that the key is not always in the middle.

// near gives values near v by the rule of its type, the most plausible first; nothing for
// names. The same value and hash always give the same.
func near(v *aulav1.FactValue, hash uint64) []*aulav1.FactValue {
	var values []*aulav1.FactValue
	switch kind := v.GetKind().(type) {
	case *aulav1.FactValue_Number:
		for _, x := range nearNumbers(kind.Number.GetValue(), math.Inf(1), hash) {
			if sameUnitForm(kind.Number, x) {
				number := &aulav1.FactNumber{Value: x, Unit: kind.Number.GetUnit()}
				values = append(values, &aulav1.FactValue{Kind: &aulav1.FactValue_Number{Number: number}})
			}
		}
	case *aulav1.FactValue_Percent:
		most := math.Inf(1)
		if math.Abs(kind.Percent) <= 100 {
			most = 100 // it may be a share, and no share is more
		}
		for _, x := range nearNumbers(kind.Percent, most, hash) {
			values = append(values, &aulav1.FactValue{Kind: &aulav1.FactValue_Percent{Percent: x}})
		}
	case *aulav1.FactValue_Year:
		for _, x := range nearYears(int(kind.Year), hash) {
			values = append(values, &aulav1.FactValue{Kind: &aulav1.FactValue_Year{Year: int32(x)}})
		}
	case *aulav1.FactValue_MonthDay, *aulav1.FactValue_Date:
		key, ok := dayOf(v)
		if !ok {
			return nil
		}
		for _, d := range nearDays(key, hash) {
			values = append(values, d.value())
		}
	}
	return values
}

func (d day) value() *aulav1.FactValue {
	if d.year == 0 {
		monthDay := &aulav1.MonthDay{Month: int32(d.month), Day: int32(d.day)}
		return &aulav1.FactValue{Kind: &aulav1.FactValue_MonthDay{MonthDay: monthDay}}
	}
	return &aulav1.FactValue{Kind: &aulav1.FactValue_Date{Date: fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day)}}
}

// nearNumbers gives the key times 3/4, 1/2 and 1/4 and times 5/4, 3/2, 2, 5/2, 3 and 4,
// rounded to as many significant figures as the key has and to no more decimals: none is
// rounder or less round than the key where that can be had. All have the sign of the key
// and are at most `most` in size. For 0 they are 1, 2 and 3.
func nearNumbers(key, most float64, hash uint64) []float64 {
	if key == 0 {
		return []float64{1, 2, 3}
	}
	around := func(factors ...float64) []float64 {
		figures, decimals := shape(key)
		var alike, rounder []float64
		for _, factor := range factors {
			x := roundTo(key*factor, figures, decimals)
			if x == 0 || x == key || math.IsInf(x, 0) || math.Abs(x) > most || slices.Contains(alike, x) || slices.Contains(rounder, x) {
				continue
			}
			if n, _ := shape(x); n == figures {
				alike = append(alike, x)
			} else {
				rounder = append(rounder, x)
			}
		}
		return append(alike, rounder...)
	}
	lower, higher := around(0.75, 0.5, 0.25), around(1.25, 1.5, 2, 2.5, 3, 4)
	below := min(int(hash%4), len(lower))
	above := min(3-below, len(higher))
	return slices.Concat(lower[:below], higher[:above], higher[above:], lower[below:])
}

// shape says how many significant figures a number has, and how many decimals.
func shape(x float64) (figures, decimals int) {
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'e', -1, 64), "e")
	power, _ := strconv.Atoi(exponent) // FormatFloat always writes one
	figures = len(strings.Replace(digits, ".", "", 1))
	return figures, max(0, figures-1-power)
}

// roundTo rounds to at most so many significant figures and decimals.
func roundTo(x float64, figures, decimals int) float64 {
	// ParseFloat fails for what is too large only, and then gives infinity.
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'e', figures-1, 64), 64)
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'f', decimals, 64), 64)
	return x
}

// sameUnitForm reports whether the unit behind n can stand behind x as it is, in every
// language: "years" can behind 3, but not behind 1.
func sameUnitForm(n *aulav1.FactNumber, x float64) bool {
	for lang := range n.GetUnit() {
		if pluralForm(lang, n.GetValue()) != pluralForm(lang, x) {
			return false
		}
	}
	return true
}

func pluralForm(lang string, x float64) plural.Form {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'f', -1, 64), ".")
	// No rule looks at more than the last seven digits, nor takes a longer number for a
	// short one.
	last := func(digits string) int {
		long := max(0, len(digits)-7)
		n, _ := strconv.Atoi(digits[long:]) // "" is 0
		return n + 10_000_000*min(long, 1)
	}
	return plural.Cardinal.MatchPlural(language.Make(lang), last(whole), len(fraction), len(fraction), last(fraction), last(fraction))
}

// nearYears gives three years within ten of the key, 1 to 9999: one 1 to 3 years away, one
// 4 to 6, one 7 to 10, each before or after it.
func nearYears(key int, hash uint64) []int {
	var years []int
	for _, span := range [][2]int{{1, 3}, {4, 3}, {7, 4}} {
		away := span[0] + int(hash%uint64(span[1]))
		hash /= uint64(span[1])
		if hash%2 == 0 && key-away >= 1 || key+away > 9999 {
			away = -away
		}
		hash /= 2
		years = append(years, key+away)
	}
	return years
}

// nearDays gives other days of the same month, the same day of other months and, of a
// date, of other years. They come round at the end of the month and of the year.
func nearDays(key day, hash uint64) []day {
	length := daysIn(max(key.year, 1), key.month)
	if key.year == 0 {
		length = daysIn(leapYear, key.month)
	}
	otherDay := func(ahead int) day {
		return day{key.year, key.month, (key.day-1+ahead)%length + 1}
	}
	otherMonth := func(ahead int) day {
		return day{key.year, (key.month-1+ahead)%12 + 1, key.day}
	}
	after, before, months := 1+int(hash%6), 1+int(hash/6%6), 1+int(hash/36%11)
	days := []day{otherDay(after), otherMonth(months), otherDay(length - before)}
	if key.year != 0 {
		years := 1 + int(hash/400%3)
		if hash/1200%2 == 0 && key.year > years {
			years = -years
		}
		days = slices.Insert(days, 2, day{key.year + years, key.month, key.day})
	}
	for i := 1; i < 12; i++ {
		days = append(days, otherDay(i), otherMonth(i))
	}
	return slices.DeleteFunc(days, func(d day) bool { return d == key || !d.exists() })
}
