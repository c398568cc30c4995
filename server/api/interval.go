package api

import (
	"fmt"
	"math"
	"time"

	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// A length of time is told in the largest unit of which there is one, months and years with a
// decimal: "10 min", "4 days", "2.5 months". It is about when a card comes again, so that more
// would be too much.
const (
	day      = 24 * time.Hour
	minMonth = 30  // days: from there on they are told as months
	year     = 365 // days
)

// span is a length of time as it is told: so many tenths of a unit, whose sentence has the id,
// by itself or in the sentence that a card comes again after it.
type span struct {
	id     string
	tenths int
	again  bool
}

// spanOf rounds before it chooses the unit: what is nearly an hour is one.
func spanOf(d time.Duration) span {
	in := func(unit time.Duration) int { return int(math.Round(float64(d) / float64(unit))) }
	days := in(day)
	switch {
	case in(time.Second) < 60:
		return span{id: "interval.seconds", tenths: 10 * in(time.Second)}
	case in(time.Minute) < 60:
		return span{id: "interval.minutes", tenths: 10 * in(time.Minute)}
	case in(time.Hour/10) < 240:
		return span{id: "interval.hours", tenths: in(time.Hour / 10)}
	case days < minMonth:
		return span{id: "interval.days", tenths: 10 * days}
	case days < year:
		return span{id: "interval.months", tenths: in(day * year / 12 / 10)}
	}
	return span{id: "interval.years", tenths: in(day * year / 10)}
}

// printer writes numbers in the language of the sentences, as the caller's region does.
func (c *caller) printer() *message.Printer {
	return message.NewPrinter(c.reader().In(c.locale.Tag().String()))
}

// interval tells in the caller's language, and with their region's decimal sign, how long
// something takes.
func (c *caller) interval(d time.Duration) string {
	told := spanOf(max(d, 0))
	return c.keep(told, func() string {
		count := float64(told.tenths) / 10
		return c.locale.Text(told.id, map[string]any{
			"Count": fmt.Sprint(count), "Number": c.printer().Sprint(number.Decimal(count, number.MaxFractionDigits(1))),
		})
	})
}

// comesIn tells after how long a card comes again.
func (c *caller) comesIn(d time.Duration) string {
	told := spanOf(max(d, 0))
	told.again = true
	return c.keep(told, func() string {
		return c.locale.Text("study.again", map[string]any{"Interval": c.interval(d)})
	})
}

// keep says what was said before, or else what say does.
func (c *caller) keep(told span, say func() string) string {
	if text, ok := c.intervals.Load(told); ok {
		return text.(string) //nolint:errcheck // nothing else is stored
	}
	text := say()
	if told.tenths < 10*maxToldYears {
		c.intervals.Store(told, text)
	}
	return text
}

// maxToldYears bounds what is kept of each unit. No card waits longer.
const maxToldYears = 101
