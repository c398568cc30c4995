package schedule

import (
	"testing"
	"time"
)

// failer is a test, a benchmark, or a check of package rapid.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func zone(t failer, name string) *time.Location {
	t.Helper()
	z, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func moment(t failer, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestDay(t *testing.T) {
	for _, test := range []struct {
		zone     string
		rollover int
		at       string
		day      string
		began    string
	}{
		{"UTC", 0, "2026-11-25T00:00:00Z", "2026-11-25", "2026-11-25T00:00:00Z"},
		{"UTC", 0, "2026-11-24T23:59:59Z", "2026-11-24", "2026-11-24T00:00:00Z"},
		{"UTC", 4, "1969-12-31T12:00:00Z", "1969-12-31", "1969-12-31T04:00:00Z"},
		{"America/Guayaquil", 4, "2026-11-25T03:59:59-05:00", "2026-11-24", "2026-11-24T04:00:00-05:00"},
		{"America/Guayaquil", 4, "2026-11-25T04:00:00-05:00", "2026-11-25", "2026-11-25T04:00:00-05:00"},
		{"America/Guayaquil", 4, "2026-11-26T01:00:00Z", "2026-11-25", "2026-11-25T04:00:00-05:00"}, // the day after in UTC
		{"America/Guayaquil", 23, "2026-11-25T22:59:59-05:00", "2026-11-24", "2026-11-24T23:00:00-05:00"},
		{"America/Guayaquil", 23, "2026-11-25T23:00:00-05:00", "2026-11-25", "2026-11-25T23:00:00-05:00"},
		// Clocks go forward: this day has 23 hours.
		{"America/New_York", 4, "2026-03-08T03:59:59-04:00", "2026-03-07", "2026-03-07T04:00:00-05:00"},
		{"America/New_York", 4, "2026-03-08T04:00:00-04:00", "2026-03-08", "2026-03-08T04:00:00-04:00"},
		{"America/New_York", 4, "2026-03-09T03:59:59-04:00", "2026-03-08", "2026-03-08T04:00:00-04:00"},
		// They skip the rollover hour, and the day begins with the hour after.
		{"America/New_York", 2, "2026-03-08T01:59:59-05:00", "2026-03-07", "2026-03-07T02:00:00-05:00"},
		{"America/New_York", 2, "2026-03-08T03:00:00-04:00", "2026-03-08", "2026-03-08T03:00:00-04:00"},
		{"Europe/Madrid", 2, "2026-03-29T01:59:59+01:00", "2026-03-28", "2026-03-28T02:00:00+01:00"},
		{"Europe/Madrid", 2, "2026-03-29T03:00:00+02:00", "2026-03-29", "2026-03-29T03:00:00+02:00"},
		{"America/Santiago", 0, "2026-09-05T23:30:00-04:00", "2026-09-05", "2026-09-05T00:00:00-04:00"},
		{"America/Santiago", 0, "2026-09-06T01:00:00-03:00", "2026-09-06", "2026-09-06T01:00:00-03:00"},
		{"America/Havana", 0, "2026-03-08T12:00:00-04:00", "2026-03-08", "2026-03-08T01:00:00-04:00"},
		{"Australia/Lord_Howe", 2, "2026-10-04T02:30:00+11:00", "2026-10-04", "2026-10-04T02:30:00+11:00"}, // by half an hour
		// Clocks go back: this day has 25 hours.
		{"America/New_York", 4, "2026-11-01T03:59:59-05:00", "2026-10-31", "2026-10-31T04:00:00-04:00"},
		{"America/New_York", 4, "2026-11-01T04:00:00-05:00", "2026-11-01", "2026-11-01T04:00:00-05:00"},
		// The rollover hour comes twice, and the day begins with the first.
		{"America/New_York", 1, "2026-11-01T00:59:59-04:00", "2026-10-31", "2026-10-31T01:00:00-04:00"},
		{"America/New_York", 1, "2026-11-01T01:30:00-04:00", "2026-11-01", "2026-11-01T01:00:00-04:00"},
		{"America/New_York", 1, "2026-11-01T01:30:00-05:00", "2026-11-01", "2026-11-01T01:00:00-04:00"},
		{"Europe/Madrid", 2, "2026-10-25T02:30:00+02:00", "2026-10-25", "2026-10-25T02:00:00+02:00"},
		{"Europe/Madrid", 2, "2026-10-25T02:30:00+01:00", "2026-10-25", "2026-10-25T02:00:00+02:00"},
		{"America/Havana", 0, "2026-11-01T00:30:00-05:00", "2026-11-01", "2026-11-01T00:00:00-04:00"},
		// One moment on either side of the date line.
		{"Pacific/Auckland", 4, "2026-11-25T20:00:00Z", "2026-11-26", "2026-11-26T04:00:00+13:00"},
		{"Pacific/Honolulu", 4, "2026-11-25T20:00:00Z", "2026-11-25", "2026-11-25T04:00:00-10:00"},
		// Samoa went over it, and had no 30 December 2011.
		{"Pacific/Apia", 4, "2011-12-29T23:59:59-10:00", "2011-12-29", "2011-12-29T04:00:00-10:00"},
		{"Pacific/Apia", 4, "2011-12-31T03:00:00+14:00", "2011-12-30", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Apia", 0, "2011-12-31T03:00:00+14:00", "2011-12-31", "2011-12-31T00:00:00+14:00"},
		{"Pacific/Apia", 4, "2011-12-31T04:00:00+14:00", "2011-12-31", "2011-12-31T04:00:00+14:00"},
	} {
		day, began := Day(moment(t, test.at), zone(t, test.zone), test.rollover)
		if got := Date(day); got != test.day || !began.Equal(moment(t, test.began)) {
			t.Errorf("%s at %s, rollover at %d: %s, which began at %s, want %s at %s",
				test.zone, test.at, test.rollover, got, began.Format(time.RFC3339), test.day, test.began)
		}
	}
}

// Every moment is of one day: the one that began last.
func TestDaysFollowOneAnother(t *testing.T) {
	for name, year := range map[string]int{
		"America/New_York": 2026, "Europe/Madrid": 2026, "America/Santiago": 2026, "America/Havana": 2026, "Africa/Cairo": 2026, "Pacific/Apia": 2011,
	} {
		z := zone(t, name)
		for _, rollover := range []int{0, 1, 2, 3, 4, 23} {
			at := time.Date(year, 1, 1, 0, 0, 0, 0, z)
			last, began := Day(at, z, rollover)
			for ; at.Year() == year; at = at.Add(30 * time.Minute) {
				day, since := Day(at, z, rollover)
				next := begins(int(day)+1, z, rollover)
				switch {
				case at.Before(since) || !at.Before(next):
					t.Fatalf("%v, rollover at %d: %s began at %v and ended at %v", at, rollover, Date(day), since, next)
				case day == last && !since.Equal(began):
					t.Fatalf("%v, rollover at %d: %s began at %v and at %v", at, rollover, Date(day), began, since)
				case day < last || day > last+2: // Samoa skipped a day
					t.Fatalf("%v, rollover at %d: %s after %s", at, rollover, Date(day), Date(last))
				}
				last, began = day, since
			}
		}
	}
}

func TestZone(t *testing.T) {
	for _, name := range []string{"UTC", "America/Guayaquil", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "EST5EDT"} {
		if z, err := Zone(name); err != nil || z.String() != name {
			t.Errorf("%q: %v, %v", name, z, err)
		}
	}
	for _, name := range []string{
		"", "Local", "local", "localtime", "America", "America/Quito", "america/guayaquil", "America//Guayaquil", "America/./Guayaquil",
		"../zoneinfo/UTC", "/usr/share/zoneinfo/UTC", "posix/UTC", "right/UTC", "posixrules", "tzdata.zi", "-05:00", "UTC\x00",
	} {
		if z, err := Zone(name); err == nil {
			t.Errorf("%q is %v", name, z)
		}
	}
}
