package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"aula/questions"
	"aula/server/schedule"
	"aula/server/store"
)

// Fault is something that is not as it should be, as a sentence of the locales. What is worked
// out from the log can be repaired; what the log itself has lost can not.
type Fault struct {
	ID       string
	Args     map[string]any
	Repaired bool
}

// Unread is the fault of a revision that cannot be loaded.
const Unread = "cli.verify.unread"

// Verify looks whether the database is sound, and whether everything that is worked out from the
// logs is what they say: standings, the states of cards, and the days on which they were studied.
// With repair it is worked out anew where it is not. Each fault is told once it is found.
func (s *Server) Verify(ctx context.Context, repair bool, found func(Fault)) error {
	damage, err := s.Store.Check(ctx)
	if err != nil {
		return err
	}
	for _, fault := range damage {
		found(Fault{ID: "cli.verify.damaged", Args: map[string]any{"Fault": fault}})
	}
	if len(damage) > 0 {
		return nil // what stands in a damaged file is no ground for repairs
	}
	if err := s.verifyStandings(ctx, repair, found); err != nil {
		return err
	}
	return s.verifyCards(ctx, repair, found)
}

// competitor is a participant at a set.
type competitor struct{ set, participant string }

// standings is a look at the standings.
type standings struct {
	*Server
	found func(Fault)
	// unread are the sets of which there is a revision that cannot be loaded. Nobody can tell what
	// attempts at it come to, so that the standings of the set are left as they are.
	unread map[string]bool
	told   map[revisionKey]bool
}

func (s *Server) verifyStandings(ctx context.Context, repair bool, found func(Fault)) error {
	v := standings{s, found, map[string]bool{}, map[revisionKey]bool{}}
	suspect, err := v.suspects(ctx)
	if err != nil {
		return err
	}
	for _, of := range slices.SortedFunc(maps.Keys(suspect), competitor.compare) {
		if v.unread[of.set] {
			continue
		}
		// Attempts may have been finished since: only what is wrong now is.
		right, err := s.Store.CheckStanding(ctx, of.set, of.participant, func(log *store.Log) (*store.Standing, error) {
			return v.standing(ctx, log)
		}, repair)
		if err != nil && !errors.Is(err, errUnread) {
			return err
		}
		if err == nil && !right {
			found(Fault{"cli.verify.standing", map[string]any{"Set": of.set, "Participant": of.participant}, repair})
		}
	}
	return nil
}

// suspects are those whose standing was not what it should be, while it was looked at.
func (v standings) suspects(ctx context.Context) (map[competitor]bool, error) {
	should := map[competitor]*store.Standing{}
	err := v.Store.EachFinished(ctx, func(log *store.Log) error {
		st, err := v.standing(ctx, log)
		if st != nil {
			of := competitor{log.Set, log.Participant}
			should[of] = should[of].Better(st)
		}
		if errors.Is(err, errUnread) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	suspect := map[competitor]bool{}
	for of := range should {
		suspect[of] = true // until it is found to be there, and right
	}
	err = v.Store.EachStanding(ctx, func(set, participant string, st store.Standing) {
		of := competitor{set, participant}
		suspect[of] = !should[of].Same(&st)
	})
	maps.DeleteFunc(suspect, func(_ competitor, wrong bool) bool { return !wrong })
	return suspect, err
}

// errUnread is that an attempt asks what cannot be loaded, which was told.
var errUnread = errors.New("a revision cannot be loaded")

// standing is what an attempt comes to. Errors: errUnread.
func (v standings) standing(ctx context.Context, log *store.Log) (*store.Standing, error) {
	a, err := quizService{Server: v.Server}.planned(ctx, log)
	if _, bad := errors.AsType[questions.Problems](err); bad || errors.Is(err, store.ErrUndecodable) {
		of := revisionKey{log.Set, log.Revision}
		if !v.told[of] {
			v.found(Fault{ID: Unread, Args: map[string]any{"Set": of.set, "Revision": of.revision}})
		}
		v.told[of], v.unread[of.set] = true, true
		return nil, errUnread
	}
	if err != nil {
		return nil, err
	}
	return a.ranked().Standing(log), nil
}

func (c competitor) compare(o competitor) int {
	return cmp.Or(strings.Compare(c.set, o.set), strings.Compare(c.participant, o.participant))
}

func (s *Server) verifyCards(ctx context.Context, repair bool, found func(Fault)) error {
	learners, err := s.Store.Learners(ctx)
	if err != nil {
		return err
	}
	for _, id := range learners {
		err := s.verifyLearner(ctx, id, repair, found)
		// Who was erased meanwhile has no cards, and those of who has changed how they are
		// scheduled are worked out anew by that.
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrRescheduled) {
			return err
		}
	}
	return nil
}

func (s *Server) verifyLearner(ctx context.Context, id string, repair bool, found func(Fault)) error {
	days, err := s.Store.WrongDays(ctx, id, repair)
	if err != nil {
		return err
	}
	for _, day := range days {
		found(Fault{"cli.verify.day", map[string]any{"Learner": id, "Date": schedule.Date(day)}, repair})
	}
	profile, err := s.Store.Learner(ctx, id)
	if err != nil {
		return err
	}
	scheduler, err := schedule.New(profile.GetScheduling())
	if err != nil {
		return err
	}
	cards, err := s.Store.WrongCards(ctx, id, scheduler, repair)
	if len(cards) > 0 {
		named := strings.Join(cards[:min(len(cards), namedCards)], ", ")
		if len(cards) > namedCards {
			named += ", …"
		}
		found(Fault{"cli.verify.cards", map[string]any{"Count": len(cards), "Learner": id, "Cards": named}, repair})
	}
	return err
}

// namedCards is how many cards of a learner are named.
const namedCards = 3
