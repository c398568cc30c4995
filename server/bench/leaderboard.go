package main

import aulav1 "aula/proto/aula/v1"

// leaderboard compares a learner's rank and the top 100 among a million with the echo.
func (b *bench) leaderboard() error {
	standings := 1_000_000
	if b.Quick {
		standings = 1_000
	}
	t, err := b.seeded("leaderboard", standings, 0)
	if err != nil {
		return err
	}
	defer t.close()
	boards, err := t.boards(b, "leaderboard")
	if err != nil {
		return err
	}
	asked := t.getLeaderboard(boards)
	taken, err := b.compare("leaderboard", b.clients(64), b.echoOf(boards), asked)
	if err != nil {
		return err
	}
	b.report.absolute("leaderboard", taken)
	alone, err := b.compare("leaderboard", 1, asked)
	if err != nil {
		return err
	}
	b.report.absolute("leaderboard", alone)
	work := "GetLeaderboard, top 100 and a rank among " + figure(float64(standings)) + " standings"
	aula, echo := taken["GetLeaderboard"], taken["echo"]
	b.report.row(work+": server CPU against the echo", ratio(aula, echo, sample.cpuEach), atMost("×", 1.15, 1.05))
	b.report.row(work+": throughput against the echo", ratio(aula, echo, sample.perSecond), untargeted("×"))
	b.report.row(work+": p99 as one client sees it", over(alone["GetLeaderboard"], sample.p99), atMost("ms", 1, 1))
	return nil
}

// boards records calls for the top 100 and the place of one of many learners.
func (t *target) boards(b *bench, name string) (calls []exchange, err error) {
	ids, err := b.someAttempts(name, 200)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		e, err := t.record(b.ctx, aulav1.ScoreService_GetLeaderboard_FullMethodName,
			&aulav1.GetLeaderboardRequest{Set: set, PageSize: 100, Attempt: id})
		if err != nil {
			return nil, err
		}
		calls = append(calls, e)
	}
	return calls, nil
}

func (t *target) getLeaderboard(boards []exchange) *contender {
	return t.repeat("GetLeaderboard", aulav1.ScoreService_GetLeaderboard_FullMethodName, requests(boards))
}
