package moodle

import (
	"math"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

func (t *task) numerical() {
	kind := t.numeric(t.alternatives())
	t.units(kind)
	t.q.Kind = &aulav1.Question_Numeric{Numeric: kind}
}

// numeric makes a number to type of the alternatives: the first that is wholly right is the
// key.
func (t *task) numeric(all []alternative) *aulav1.NumericQuestion {
	kind := &aulav1.NumericQuestion{}
	keyed := false
	for _, a := range all {
		if t.isAny(a) {
			continue
		}
		written := anyText(a.written)
		value, ok := number(written)
		tolerance, exact := number(or(strings.TrimSpace(a.tolerance), "0"))
		switch {
		case !ok:
			t.failAt(a.place, "format.moodle.not_number", "Text", strings.TrimSpace(written))
		case !exact || tolerance < 0:
			t.failAt(a.place, "format.moodle.not_number", "Text", strings.TrimSpace(a.tolerance))
		case a.fraction >= 1 && !keyed:
			keyed = true
			kind.Value, kind.Tolerance = value, tolerance
			t.praise(a)
		default:
			kind.Also = append(kind.Also, &aulav1.AcceptedNumber{
				Value: value, Tolerance: tolerance, Fraction: math.Max(0, a.fraction), Feedback: a.feedback,
			})
		}
	}
	if !keyed && !t.failed {
		t.fail("format.moodle.none_right")
	}
	return kind
}

// units reads the units of measure. Moodle says how many of each make up what the key is in;
// Aula how many of that one of each is.
func (t *task) units(kind *aulav1.NumericQuestion) {
	first := -1
	for _, u := range t.source.Units {
		name := strings.TrimSpace(u.Name)
		multiplier, ok := number(or(u.Multiplier, "1"))
		if !ok || multiplier <= 0 || name == "" {
			t.fail("format.moodle.unit", "Unit", name, "Multiplier", u.Multiplier)
			return
		}
		text := map[string]string{}
		for _, lang := range t.languages {
			text[lang] = name
		}
		if multiplier == 1 && first < 0 {
			first = len(kind.GetUnits())
		}
		kind.Units = append(kind.Units, &aulav1.MeasureUnit{Text: text, Factor: tidy(1 / multiplier)})
	}
	switch {
	case len(kind.GetUnits()) == 0:
		return
	case first < 0:
		t.fail("format.moodle.no_first_unit")
		return
	case len(kind.GetUnits()) == 1 && strings.TrimSpace(t.source.Units[0].Name) == "%":
		kind.Units, kind.Unit = nil, aulav1.NumericQuestion_PERCENT
		return
	}
	units := kind.GetUnits()
	unit := units[first]
	copy(units[1:first+1], units[:first])
	units[0] = unit
	if grading := strings.TrimSpace(t.source.UnitGrading); grading == "" || grading == "0" {
		return
	}
	penalty, ok := number(or(t.source.UnitPenalty, "0"))
	if !ok || penalty < 0 || penalty > 1 {
		t.add(formats.Warning, "format.moodle.unit_penalty", "Penalty", t.source.UnitPenalty)
		return
	}
	kind.UnitPenalty = penalty
}

// tidy drops what a division adds behind the fifteenth digit: 1/0.001 is 1000.
func tidy(x float64) float64 {
	const digits = 15
	tidied, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', digits, 64), 64)
	if err != nil {
		return x
	}
	return tidied
}
