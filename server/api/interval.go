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

// span is a length of time as it is told: so many tenths of a unit, whose sentence has the id.
type span struct {
	id     string
	tenths int
}

// spanOf rounds before it chooses the unit: what is nearly an hour is one.
func spanOf(d time.Duration) span {
	in := func(unit time.Duration) int { return int(math.Round(float64(d) / float64(unit))) }
	days := in(day)
	switch {
	case in(time.Second) < 60:
		return span{"interval.seconds", 10 * in(time.Second)}
	case in(time.Minute) < 60:
		return span{"interval.minutes", 10 * in(time.Minute)}
	case in(time.Hour/10) < 240:
		return span{"interval.hours", in(time.Hour / 10)}
	case days < minMonth:
		return span{"interval.days", 10 * days}
	case days < year:
		return span{"interval.months", in(day * year / 12 / 10)}
	}
	return span{"interval.years", in(day * year / 10)}
}

// interval tells in the caller's language, and with their region's decimal sign, how long
// something takes.
func (c *caller) interval(d time.Duration) string {
	told := spanOf(max(d, 0))
	if text, ok := c.intervals.Load(told); ok {
		return text.(string) //nolint:errcheck // nothing else is stored
	}
	count := float64(told.tenths) / 10
	printer := message.NewPrinter(c.reader().In(c.locale.Tag().String()))
	text := c.locale.Text(told.id, map[string]any{
		"Count": fmt.Sprint(count), "Number": printer.Sprint(number.Decimal(count, number.MaxFractionDigits(1))),
	})
	if told.tenths < 10*maxToldYears {
		c.intervals.Store(told, text)
	}
	return text
}

// maxToldYears bounds what is kept of each unit. No card waits longer.
const maxToldYears = 101
