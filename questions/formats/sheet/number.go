package sheet

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The ids of the sentences that refuse a number.
const (
	notNumber       = "format.sheet.not_number"       // Text
	ambiguousNumber = "format.sheet.ambiguous_number" // Text, First, Second
)

// longestNumber has room for the smallest number, written without a power of ten.
const longestNumber = 400

var (
	decimal       = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)
	commaDecimal  = regexp.MustCompile(`^[+-]?\d*,\d+$`)
	commaThousand = regexp.MustCompile(`^[+-]?[1-9]\d{0,2},\d{3}$`)
	thousands     = regexp.MustCompile(`^[+-]?\d{1,3}(?:(?:,\d{3})+(?:\.\d+)?|(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}|` +
		`(?:[ \x{A0}\x{202F}']\d{3})+(?:[.,]\d+)?)$`)
)

// number is a number as a cell has it.
type number struct {
	value   float64
	percent bool   // it has the sign, and value is what stands before it
	problem string // the id of a sentence where it is none
}

// parseNumber reads a number as either language writes it: a point is always a decimal
// point unless there are several, a comma is a decimal comma unless what follows could be
// thousands.
func parseNumber(text string) number {
	s, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	s = strings.ReplaceAll(strings.TrimSpace(s), "−", "-")
	switch {
	case len(s) > longestNumber:
		return number{problem: notNumber}
	case decimal.MatchString(s):
	case commaThousand.MatchString(s):
		return number{problem: ambiguousNumber}
	case commaDecimal.MatchString(s):
		s = strings.ReplaceAll(s, ",", ".")
	case thousands.MatchString(s):
		s = withoutGroups(s)
	default:
		return number{problem: notNumber}
	}
	value, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(value, 0) {
		return number{problem: notNumber}
	}
	return number{value: value, percent: percent}
}

// withoutGroups takes out what stands between thousands, and writes the decimal mark as a
// point: the last mark is one if another sign divides the thousands before it.
func withoutGroups(s string) string {
	whole, decimals := s, ""
	if last := strings.LastIndexAny(s, ".,"); last >= 0 && !strings.Contains(s[:last], s[last:last+1]) {
		whole, decimals = s[:last], "."+s[last+1:]
	}
	return strings.NewReplacer(".", "", ",", "", " ", "", "\u00A0", "", "\u202F", "", "'", "").Replace(whole) + decimals
}

// plainNumber reads a number as Aula writes it.
func plainNumber(s string) (float64, bool) {
	if len(s) > longestNumber || !decimal.MatchString(s) {
		return 0, false
	}
	value, err := strconv.ParseFloat(s, 64)
	return value, err == nil
}

// writeNumber writes a number so that any spreadsheet takes it for one.
func writeNumber(v float64) string {
	format := byte('f')
	if size := math.Abs(v); v != 0 && (size < 1e-6 || size >= 1e15) {
		format = 'e'
	}
	return strconv.FormatFloat(v, format, -1, 64)
}

// fraction reads a part of 1, which may be a percentage.
func fraction(text string) number {
	n := parseNumber(text)
	if n.percent {
		n.value /= 100
	}
	return n
}

var clock = regexp.MustCompile(`^(?:(\d{1,2}):)?(\d{1,4}):(\d{2})$`)

var spelledTime = regexp.MustCompile(`^(?:(\d+)\s*(?:m|min|mins|minutes?|minutos?)\.?)?\s*` +
	`(?:(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|seg|segs|seconds?|segundos?)?\.?)?$`)

// parseTime reads how long something takes: seconds, "1:30", "2 min", "1 min 30 s".
func parseTime(text string) (time.Duration, bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	if len(s) > longestWord {
		return 0, false
	}
	var hours, minutes, seconds string
	if m := clock.FindStringSubmatch(s); m != nil {
		hours, minutes, seconds = m[1], m[2], m[3]
	} else if m := spelledTime.FindStringSubmatch(s); m != nil {
		minutes, seconds = m[1], strings.ReplaceAll(m[2], ",", ".")
	}
	if minutes == "" && seconds == "" {
		return 0, false
	}
	var total float64
	for _, part := range []struct {
		text string
		size float64
	}{{hours, 3600}, {minutes, 60}, {seconds, 1}} {
		n, _ := strconv.ParseFloat(part.text, 64) // of digits, or empty
		total += n * part.size
	}
	return time.Duration(math.Round(total * 1e9)), total < 1e6
}
