package history

import (
	"context"
	"fmt"
	"math/bits"

	"github.com/anishathalye/porcupine"
	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// board is the leaderboard of a class. What a standing says follows from its attempt, so the
// state is who is on it: a bit for each attempt.
type board struct {
	recorded
	of *class
}

// The operations. One call may tell several things, each of its own moment: the rows, how many
// there are in all, and somebody's place.
type (
	enter struct{ who int }
	rows  struct{}
	total struct{}
	rank  struct{ who int } // 0 for none
)

type entered struct{}

// model says how a leaderboard behaves, once it is known what each attempt has come to.
func (b *board) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return uint64(0) },
		Step: func(state, input, output any) (bool, any) {
			on := state.(uint64)
			switch in := input.(type) {
			case enter:
				return true, on | 1<<in.who
			case rows:
				return on == output.(uint64), on
			case total:
				return bits.OnesCount64(on) == output.(int), on
			case rank:
				return b.mayRank(on, in.who, output.(int)), on
			}
			return false, on
		},
		DescribeOperation: func(input, output any) string {
			if on, ok := output.(uint64); ok {
				return fmt.Sprintf("%T: %b", input, on)
			}
			return fmt.Sprintf("%T %+v: %+v", input, input, output)
		},
		DescribeState: func(state any) string { return fmt.Sprintf("%b", state) },
	}
}

// mayRank reports whether an attempt can have that rank among others. Who leads of two that
// have the same points and were finished in the same millisecond is not said.
func (b *board) mayRank(on uint64, who, rank int) bool {
	if on>>who&1 == 0 {
		return rank == 0
	}
	best, worst := 1, 1
	mine := b.of.attempts[who].ended
	for i, other := range b.of.attempts {
		switch theirs := other.ended; {
		case on>>i&1 == 0 || i == who:
		case theirs.earned.points > mine.earned.points, theirs.earned.points == mine.earned.points && theirs.at < mine.at:
			best++
			worst++
		case theirs.earned.points == mine.earned.points && theirs.at == mine.at:
			worst++
		}
	}
	return best <= rank && rank <= worst
}

// look reads the leaderboard, and somebody's place on it, or nobody's where who is -1.
func (c *client) look(b *board, who int) {
	req := &aulav1.GetLeaderboardRequest{Set: b.of.set, PageSize: 100}
	if who >= 0 {
		req.Attempt = b.of.attempts[who].id
	}
	var resp *aulav1.GetLeaderboardResponse
	s := c.send(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewScoreServiceClient(conn).GetLeaderboard(ctx, req)
		return err
	})
	var on uint64
	for _, row := range resp.GetRows() {
		var i int
		if _, err := fmt.Sscanf(row.GetName(), "guest %d", &i); err != nil || i < 0 || i >= b.of.size {
			c.fail(fmt.Errorf("on the leaderboard is %v: %w", row, err))
			return
		}
		on |= 1 << i
		b.of.row(i, row)
	}
	b.read(c, s, rows{}, on)
	b.read(c, s, total{}, int(resp.GetTotal()))
	if who >= 0 {
		b.read(c, s, rank{who}, int(resp.GetMine().GetRank()))
	}
}
