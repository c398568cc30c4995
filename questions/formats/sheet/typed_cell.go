package sheet

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

var (
	shownFraction = regexp.MustCompile(`^-?(?:\d+ +)?\d+ */ *\d+$`)
	shownNumber   = regexp.MustCompile(`^[^\p{L}/:]*$`)
)

// typed gives what a teacher typed into a cell that is shown otherwise than it is stored: a
// number as it is stored, but a percentage, a day, a time and true or false as they are
// shown.
func typed(stored, shown string, since1904 bool) string {
	value, ok := plainNumber(stored)
	if !ok {
		return stored
	}
	shown = strings.TrimSpace(shown)
	percent, isPercent := strings.CutSuffix(shown, "%")
	switch {
	case shown == "TRUE" || shown == "FALSE":
		return shown
	case isPercent && shownNumber.MatchString(percent):
		return writePercent(value)
	case strings.Contains(shown, ":") && value < 1:
		return shown
	case shownNumber.MatchString(shown) && !isDashed(shown), shownFraction.MatchString(shown) && isFraction(shown, value):
		return shortest(value)
	}
	if _, ok := plainNumber(shown); ok { // 6.02E+23
		return shortest(value)
	}
	day, err := excelize.ExcelDateToTime(value, since1904)
	if err != nil || value < 1 {
		return shortest(value)
	}
	return day.Format("2006-01-02")
}

// isDashed recognises a day with hyphens.
func isDashed(shown string) bool { return strings.Count(strings.TrimLeft(shown, "-"), "-") == 2 }

func isFraction(shown string, value float64) bool {
	var whole float64
	if before, after, ok := strings.Cut(strings.TrimPrefix(shown, "-"), " "); ok && !strings.HasPrefix(strings.TrimSpace(after), "/") {
		whole, _ = strconv.ParseFloat(before, 64) // digits
		shown = after
	}
	above, below, _ := strings.Cut(strings.TrimPrefix(shown, "-"), "/")
	a, _ := strconv.ParseFloat(strings.TrimSpace(above), 64)
	b, _ := strconv.ParseFloat(strings.TrimSpace(below), 64)
	const near = 0.01 // a fraction is shown in two digits
	return math.Abs(whole+a/b-math.Abs(value)) < near
}

// shortest writes a number without the digits that floating point adds: spreadsheets keep
// 15, and store 0.1+0.2 as 0.30000000000000004.
func shortest(value float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64)
	if err != nil {
		return writeNumber(value)
	}
	return writeNumber(rounded)
}
