package gift

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats/plaintext"
)

// numeric reads numbers. The first with full credit is the key.
func (q *question) numeric(p part) {
	n := &aulav1.NumericQuestion{}
	q.read.Kind = &aulav1.Question_Numeric{Numeric: n}
	keyed := false
	for _, a := range q.answers(q.trim(p)) {
		weight, rest, found := q.weight(a.part)
		if !found && a.sign != '~' {
			weight = 1
		}
		written, told, _ := q.cut(rest, "#")
		written = q.trim(written)
		feedback := q.feedback(told)
		if text := q.plain(written); a.sign == '~' || text == "*" {
			q.otherNumbers(rest.from, weight, feedback)
			continue
		}
		read, ok := q.number(written)
		switch {
		case !ok:
		case weight == 1 && !keyed:
			keyed = true
			n.Value, n.Tolerance, n.Range = read.value, read.tolerance, read.limits
			if len(feedback) > 0 {
				q.warn(told.from, "format.gift.right_feedback")
			}
		default:
			weight = max(0, weight)
			if read.limits != nil {
				read.value, read.tolerance = read.middle()
			}
			n.Also = append(n.Also, &aulav1.AcceptedNumber{
				Value: read.value, Tolerance: read.tolerance, Fraction: weight, Feedback: feedback,
			})
		}
	}
	switch {
	case !keyed && !q.refused:
		q.refuse(p.from, "format.gift.no_number")
	case len(n.GetAlso()) > plaintext.MaxNumbers:
		q.refuse(p.from, "format.gift.number_count", "Count", len(n.GetAlso())+1, "Max", plaintext.MaxNumbers+1)
	}
}

// otherNumbers reads what stands for every number that is not listed.
func (q *question) otherNumbers(at int, weight float64, feedback map[string]string) {
	switch {
	case weight > 0:
		q.refuse(at, "format.gift.accepts_anything")
	case len(feedback) > 0:
		q.warn(at, "format.gift.wrong_number")
	}
}

// number is one that is accepted, or limits instead.
type number struct {
	value, tolerance float64
	limits           *aulav1.NumericRange
}

// middle gives limits as a value and a tolerance.
func (n number) middle() (value, tolerance float64) {
	low, high := n.limits.GetLow(), n.limits.GetHigh()
	return low/2 + high/2, high/2 - low/2
}

// number reads 5, 5:0.1 or 4.9..5.1.
func (q *question) number(p part) (number, bool) {
	text := q.plain(p)
	fail := func(id string, args ...any) (number, bool) {
		q.refuse(p.from, id, append([]any{"Text", plaintext.Short(text)}, args...)...)
		return number{}, false
	}
	first, second, isRange := strings.Cut(text, "..")
	hasTolerance := false
	if !isRange {
		first, second, hasTolerance = strings.Cut(text, ":")
	}
	a, okA := parseNumber(first)
	b, okB := 0., true
	if isRange || hasTolerance {
		b, okB = parseNumber(second)
	}
	switch {
	case text == "":
		return fail("format.gift.no_number")
	case (!okA || !okB) && strings.Contains(text, ","):
		return fail("format.gift.decimal_comma", "Right", strings.ReplaceAll(text, ",", "."))
	case !okA || !okB:
		return fail("format.gift.not_a_number")
	case isRange && a > b:
		return fail("format.gift.range_reversed")
	case isRange:
		return number{limits: &aulav1.NumericRange{Low: a, High: b}}, true
	case b < 0:
		return fail("format.gift.negative_tolerance")
	}
	return number{value: a, tolerance: b}, true
}

var decimal = regexp.MustCompile(`^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$`)

func parseNumber(text string) (float64, bool) {
	text = strings.Replace(strings.TrimSpace(text), "−", "-", 1)
	if !decimal.MatchString(text) {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	return value + 0, err == nil && !math.IsInf(value, 0) // -0 is 0
}

// writeNumber writes a number as Moodle reads it.
func writeNumber(value float64) string {
	if size := math.Abs(value); size != 0 && (size < 1e-6 || size >= 1e15) {
		return strconv.FormatFloat(value, 'e', -1, 64)
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}
