package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aula/server/schedule"
)

func TestStreak(t *testing.T) {
	days := func(from, to int32) (days []int32) {
		for day := from; day <= to; day++ {
			days = append(days, day)
		}
		return days
	}
	for _, test := range []struct {
		name    string
		days    []int32
		today   int32
		streak  int32
		longest int32
		studied bool
		freezes int32
		ledger  string
	}{
		{"nothing", nil, 10, 0, 0, false, 0, ""},
		{"today", days(10, 10), 10, 1, 1, true, 0, ""},
		{"today is young", days(8, 9), 10, 2, 2, false, 0, ""},
		{"missed", days(7, 8), 10, 0, 2, false, 0, ""},
		{"a freeze is earned", days(1, 7), 7, 7, 7, true, 1, "EARNED 1970-01-08"},
		{"and used, while the day after is young", days(1, 7), 9, 7, 7, false, 0, "EARNED 1970-01-08, USED 1970-01-09"},
		{"one is not enough for two days", days(1, 7), 10, 0, 7, false, 0, "EARNED 1970-01-08, USED 1970-01-09"},
		{"it goes on after one", append(days(1, 7), 9), 9, 8, 8, true, 0, "EARNED 1970-01-08, USED 1970-01-09"},
		{
			"two are held", days(1, 30), 30, 30, 30, true, 2,
			"EARNED 1970-01-08, EARNED 1970-01-15",
		},
		{
			"two bridge two days, and more are earned", slices.Concat(days(1, 14), days(17, 23)), 23, 21, 21, true, 1,
			"EARNED 1970-01-08, EARNED 1970-01-15, USED 1970-01-16, USED 1970-01-17, EARNED 1970-01-24",
		},
		{"a new streak keeps none from the old", slices.Concat(days(1, 7), days(20, 21)), 21, 2, 7, true, 0, "EARNED 1970-01-08, USED 1970-01-09"},
		{"before 1970", days(-3, -1), -1, 3, 3, true, 0, ""},
	} {
		streak, ledger := schedule.Streak(test.days, test.today)
		var entries []string
		var sum int32
		for _, e := range ledger {
			entries = append(entries, fmt.Sprint(e.GetKind(), " ", e.GetDate()))
			sum += e.GetChange()
		}
		if streak.GetDays() != test.streak || streak.GetLongest() != test.longest || streak.GetToday() != test.studied ||
			streak.GetFreezes() != test.freezes || strings.Join(entries, ", ") != test.ledger || sum != test.freezes {
			t.Errorf("%s: %v, ledger %v", test.name, streak, entries)
		}
	}
}
