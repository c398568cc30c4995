package main

import (
	"fmt"
	"slices"
	"strings"
)

// spread is what rounds agree on: their median and range.
type spread struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return spread{}
	}
	return spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Least: sorted[0], Most: sorted[n-1]}
}

// over is a figure of each sample.
func over(samples []sample, figure func(sample) float64) spread {
	var values []float64
	for _, s := range samples {
		values = append(values, figure(s))
	}
	return spreadOf(values)
}

// ratio is a figure of one contender against that of another in the same round. It is
// nothing where the figure is not measured.
func ratio(of, against []sample, figure func(sample) float64) spread {
	var values []float64
	for i := range min(len(of), len(against)) {
		if base := figure(against[i]); base > 0 {
			values = append(values, figure(of[i])/base)
		}
	}
	return spreadOf(values)
}

// in writes a spread in its unit: "0.91 × (0.88–0.93)".
func (s spread) in(unit string) string {
	if s == (spread{}) {
		return "not measured"
	}
	median := figure(s.Median)
	if unit != "" {
		median += "\u00a0" + unit
	}
	if s.Least == s.Most {
		return median
	}
	return fmt.Sprintf("%s (%s–%s)", median, figure(s.Least), figure(s.Most))
}

// figure writes a number with three digits that count.
func figure(x float64) string {
	switch {
	case x >= 1000:
		text := fmt.Sprintf("%.0f", x)
		var groups []string
		for ; len(text) > 3; text = text[:len(text)-3] {
			groups = slices.Insert(groups, 0, text[len(text)-3:])
		}
		return strings.Join(slices.Insert(groups, 0, text), ",")
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

// goal is what a figure should reach at the least, and what is aimed at.
type goal struct {
	unit       string
	least, aim float64
	lower      bool // whether lower is better
	none       bool // told without a goal
}

func atLeast(least, aim float64) goal { return goal{unit: "×", least: least, aim: aim} }

func atMost(unit string, least, aim float64) goal {
	return goal{unit: unit, least: least, aim: aim, lower: true}
}
func untargeted(unit string) goal { return goal{unit: unit, none: true} }

// verdict says whether a median reaches the goal.
func (g goal) verdict(s spread) string {
	reaches := func(bound float64) bool {
		if g.lower {
			return s.Median <= bound
		}
		return s.Median >= bound
	}
	switch {
	case g.none || s == (spread{}):
		return ""
	case reaches(g.aim):
		return "as aimed at"
	case reaches(g.least):
		return "met"
	default:
		return "missed"
	}
}

// bounds are the goal's two columns.
func (g goal) bounds() (least, aim string) {
	if g.none {
		return "", ""
	}
	sign := "≥\u00a0"
	if g.lower {
		sign = "≤\u00a0"
	}
	return sign + figure(g.least) + "\u00a0" + g.unit, sign + figure(g.aim) + "\u00a0" + g.unit
}
