package api

import (
	"context"
	"errors"
	"strings"

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

func (s *Server) verifyStandings(ctx context.Context, repair bool, found func(Fault)) error {
	should := map[competitor]store.Standing{}
	err := s.Store.EachFinished(ctx, func(log *store.Log) error {
		a, err := quizService{Server: s}.planned(ctx, log)
		if err != nil {
			return err
		}
		of := competitor{log.Set, log.Participant}
		best, known := should[of]
		if st, counts := a.ranked().Standing(log); counts && (!known || st.Points > best.Points) {
			should[of] = st
		}
		return nil
	})
	if err != nil {
		return err
	}
	wrong := map[competitor]bool{}
	for of := range should {
		wrong[of] = true // until it is found to be there, and right
	}
	err = s.Store.EachStanding(ctx, func(set, participant string, st store.Standing) {
		of := competitor{set, participant}
		best, known := should[of]
		wrong[of] = !known || st.Points != best.Points || st.MaxPoints != best.MaxPoints
	})
	if err != nil {
		return err
	}
	for of, isWrong := range wrong {
		if !isWrong {
			continue
		}
		if repair {
			var is *store.Standing
			if best, known := should[of]; known {
				is = &best
			}
			if err := s.Store.PutStanding(ctx, of.set, of.participant, is); err != nil {
				return err
			}
		}
		found(Fault{"cli.verify.standing", map[string]any{"Set": of.set, "Participant": of.participant}, repair})
	}
	return nil
}

func (s *Server) verifyCards(ctx context.Context, repair bool, found func(Fault)) error {
	learners, err := s.Store.Learners(ctx)
	if err != nil {
		return err
	}
	for _, id := range learners {
		profile, err := s.Store.Learner(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // erased meanwhile
		}
		if err != nil {
			return err
		}
		scheduler, err := schedule.New(profile.GetScheduling())
		if err != nil {
			return err
		}
		cards, err := s.Store.WrongCards(ctx, id, scheduler, repair)
		if err != nil {
			return err
		}
		if len(cards) > 0 {
			found(Fault{"cli.verify.cards", map[string]any{
				"Count": len(cards), "Learner": id, "Cards": strings.Join(cards[:min(len(cards), 3)], ", "),
			}, repair})
		}
		days, err := s.Store.WrongDays(ctx, id, repair)
		if err != nil {
			return err
		}
		for _, day := range days {
			found(Fault{"cli.verify.day", map[string]any{"Learner": id, "Date": schedule.Date(day)}, repair})
		}
	}
	return nil
}
