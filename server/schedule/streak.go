package schedule

import aulav1 "aula/proto/aula/v1"

// What freezes are earned by, and how many are held at most.
const (
	daysPerFreeze = 7
	mostFreezes   = 2
)

// Streak works out a learner's streak on a day from the study days on which they have studied,
// in ascending order and none after it. A day in between on which they have not uses up a freeze,
// or ends the streak where there is none; today does neither yet. The ledger comes back whole,
// in the order in which freezes were earned and used.
func Streak(days []int32, today int32) (*aulav1.Streak, []*aulav1.FreezeEntry) {
	s := &aulav1.Streak{}
	var ledger []*aulav1.FreezeEntry
	change := func(day int32, kind aulav1.FreezeEntry_Kind, by int32) {
		s.Freezes += by
		ledger = append(ledger, &aulav1.FreezeEntry{Date: Date(day), Kind: kind, Change: by})
	}
	missed := func(from, to int32) {
		for day := from; day < to && s.GetDays() > 0; day++ {
			if s.GetFreezes() == 0 {
				s.Days = 0
				return
			}
			change(day, aulav1.FreezeEntry_USED, -1)
		}
	}
	for i, day := range days {
		if i > 0 {
			missed(days[i-1]+1, day)
		}
		s.Days++
		s.Longest = max(s.GetLongest(), s.GetDays())
		if s.GetDays()%daysPerFreeze == 0 && s.GetFreezes() < mostFreezes {
			change(day, aulav1.FreezeEntry_EARNED, 1)
		}
	}
	if n := len(days); n > 0 {
		s.Today = days[n-1] == today
		missed(days[n-1]+1, today)
	}
	return s, ledger
}
