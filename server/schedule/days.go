package schedule

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a server's own may be missing, or older than its learners' phones
)

// Day is the study day on which something happens, in days since 1970-01-01, and when it
// began: a day begins at the rollover hour, not at midnight.
func Day(at time.Time, zone *time.Location, rollover int) (number int32, began time.Time) {
	year, month, date := at.In(zone).Date()
	began = time.Date(year, month, date, rollover, 0, 0, 0, zone)
	if at.Before(began) {
		date--
		began = time.Date(year, month, date, rollover, 0, 0, 0, zone)
	}
	return int32(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)), began
}

// Date writes a study day as 2026-11-25.
func Date(number int32) string {
	return time.Unix(int64(number)*24*60*60, 0).UTC().Format(time.DateOnly)
}

var zones sync.Map // *time.Location by name: to read one takes longer than to schedule a card

// Zone finds a time zone by its name in the IANA database.
func Zone(name string) (*time.Location, error) {
	known, _ := zones.Load(name)
	if zone, ok := known.(*time.Location); ok {
		return zone, nil
	}
	if name == "" || name == "Local" { // where the server is
		return nil, fmt.Errorf("no time zone is called %q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("no time zone is called %q", name)
	}
	zones.Store(name, zone)
	return zone, nil
}
