package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// A class is so many clients, who all work on the same things.
const (
	clients          = 8
	classSize        = 24 // attempts
	perClassLearners = 3
	perAttempt       = 30 // operations
	perClass         = classSize * perAttempt * 100 / ofAttempts
	ofAttempts       = 55 // of 100 operations
	ofCards          = 30
	finishedSometime = 20 // operations, after which an attempt may be finished
)

// class works on a few objects of each kind.
type class struct {
	*school
	set      string
	seed     uint64
	size     int // attempts
	attempts []*attempt
	learners []*learner
	board    *board

	mu    sync.Mutex
	shown map[int]standing // on the leaderboard, of an attempt
}

// standing is what of a row does not change.
type standing struct {
	points int32
	at     int64
}

func (c *class) client(id int) *client {
	return &client{school: c.school, id: id, random: rand.New(rand.NewPCG(c.seed, uint64(id))), hasty: id < clients}
}

// work has the clients work until the attempts are used up, and looks at everything once
// more.
func (c *class) work() {
	c.shown = map[int]standing{}
	c.board = &board{recorded: recorded{name: c.set + "-board"}, of: c}
	teacher := c.client(clients) // who waits
	for i := range c.size {
		a := &attempt{recorded: recorded{name: fmt.Sprintf("%s-attempt-%d", c.set, i)}, of: c, place: i}
		req := &aulav1.StartAttemptRequest{Set: c.set, Nickname: fmt.Sprintf("guest %d", i), RequestId: teacher.uuid()}
		teacher.must(func(ctx context.Context, conn *grpc.ClientConn) error {
			started, err := aulav1.NewQuizServiceClient(conn).StartAttempt(ctx, req)
			a.id = started.GetId()
			return err
		})
		c.attempts = append(c.attempts, a)
	}
	for i := range perClassLearners {
		c.learners = append(c.learners, teacher.enrol(c, fmt.Sprintf("learner-%d", i)))
	}
	if c.ctx.Err() != nil {
		return // not all are there
	}
	var working sync.WaitGroup
	for i := range clients {
		working.Go(func() { c.study(c.client(i)) })
	}
	working.Wait()
	if c.ctx.Err() == nil {
		c.close(teacher)
	}
}

// study is one client's work.
func (c *class) study(by *client) {
	for at := 0; at < len(c.attempts) && c.ctx.Err() == nil; {
		by.done.Add(1)
		switch kind := by.random.IntN(100); {
		case kind < ofAttempts:
			a := c.attempts[min(at+by.random.IntN(2), len(c.attempts)-1)] // two at a time
			turn := a.used.Add(1)
			by.play(a, turn)
			for at < len(c.attempts) && c.attempts[at].used.Load() >= perAttempt {
				at++
			}
		case kind < ofAttempts+ofCards:
			by.learn(c.learners[by.random.IntN(len(c.learners))])
		default:
			by.look(c.board, by.random.IntN(len(c.attempts)+8)%(len(c.attempts)+1)-1)
		}
	}
}

// play does something with an attempt.
func (c *client) play(a *attempt, turn int32) {
	switch kind := c.random.IntN(100); {
	case turn == perAttempt, turn > finishedSometime && kind < 12:
		c.finish(a)
	case kind < 45:
		c.get(a)
	default:
		c.submit(a)
	}
}

// learn does something with a learner's cards.
func (c *client) learn(l *learner) {
	switch kind := c.random.IntN(100); {
	case kind < 45:
		c.review(l)
	case kind < 75:
		from, events := c.random.IntN(devices), c.random.IntN(3)
		if from == devices-1 {
			events = 0
		}
		c.sync(l, from, events)
	default:
		c.due(l)
	}
}

// close looks at everything when all is over, and then, where one is planted, through what
// serves stale replies.
func (c *class) close(by *client) {
	for _, l := range c.learners {
		by.close(l)
	}
	for _, a := range c.attempts {
		a.ended = by.get(a)
	}
	by.look(c.board, -1)
	if c.stale == nil {
		return
	}
	c.stale.serve()
	for _, l := range c.learners {
		by.sync(l, devices-1, 0)
	}
	for _, a := range c.attempts {
		by.get(a)
	}
	by.look(c.board, -1)
}

// row notes a row of the leaderboard. Two of one attempt are the same.
func (c *class) row(i int, row *aulav1.Standing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := standing{row.GetPoints(), row.GetFinishedAt().AsTime().UnixMilli()}
	if before, known := c.shown[i]; known && before != now {
		c.fail(fmt.Errorf("%s: the row of guest %d was %v and is %v", c.set, i, before, now))
	}
	c.shown[i] = now
}

// check judges what the class was told.
func (c *class) check() {
	if c.ctx.Err() != nil {
		return // it was not whole
	}
	for i, shown := range c.shown {
		if ended := c.attempts[i].ended; shown != (standing{ended.earned.points, ended.at}) {
			c.fail(fmt.Errorf("%s: on the leaderboard guest %d has %v, and has earned %v", c.set, i, shown, ended))
		}
	}
	for _, a := range c.attempts {
		c.school.check(attempts, &a.recorded, a.model())
	}
	for _, l := range c.learners {
		c.school.check(cards, &l.recorded, l.model())
	}
	c.school.check(boards, &c.board.recorded, c.board.model())
}
