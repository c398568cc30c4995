package schedule

import (
	"fmt"
	"regexp"
	"sync"
	"time"
	_ "time/tzdata" // a server's own may be missing, or older than its learners' phones
)

// Day is the study day on which something happens, in days since 1970-01-01, and when it
// began. A day begins at the rollover hour (0 to 23) of its date, not at midnight: with a
// rollover at 4, what happens at 3 in the morning is of the day before.
func Day(at time.Time, zone *time.Location, rollover int) (number int32, began time.Time) {
	year, month, date := at.In(zone).Date()
	number = int32(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / secondsADay)
	if began = begins(int(number), zone, rollover); at.Before(began) {
		number--
		began = begins(int(number), zone, rollover)
	}
	return number, began
}

const secondsADay = 24 * 60 * 60

// begins is when clocks first show an hour of a date, or where they skip it what comes after.
// time.Date does not say which it takes of an hour that comes twice, and comes out an hour
// early, or a day, for many that are skipped.
func begins(number int, zone *time.Location, hour int) time.Time {
	want := time.Date(1970, 1, 1+number, hour, 0, 0, 0, time.UTC)
	year, month, date := want.Date()
	t := time.Date(year, month, date, hour, 0, 0, 0, zone)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	switch shown := t.Unix() + int64(offset); {
	case shown > want.Unix():
		return start
	case shown < want.Unix():
		return end
	case start.IsZero(): // clocks never changed before
		return t
	}
	_, before := start.Add(-1).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(start) && before > offset {
		return first
	}
	return t
}

// Date writes a study day as 2026-11-25.
func Date(number int32) string {
	return time.Unix(int64(number)*secondsADay, 0).UTC().Format(time.DateOnly)
}

// zoneName is how zones are called: not by other paths to their files, nor like the other files
// that lie beside them.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

var zones sync.Map // *time.Location by name: to read one takes longer than to schedule a card

// Zone finds a time zone by its name in the IANA database, such as America/Guayaquil. Errors:
// there is none of that name.
func Zone(name string) (*time.Location, error) {
	known, _ := zones.Load(name)
	if zone, ok := known.(*time.Location); ok {
		return zone, nil
	}
	if !zoneName.MatchString(name) || name == "Local" { // where the server is
		return nil, fmt.Errorf("no time zone is called %q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("no time zone is called %q", name)
	}
	zones.Store(name, zone)
	return zone, nil
}
