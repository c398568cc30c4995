package api

import (
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/text/language"
	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// pack is a pack on its way to a phone.
type pack struct {
	*Server
	l         *learner
	stream    grpc.ServerStreamingServer[aulav1.GetPackResponse]
	languages []string           // as asked for
	readers   []questions.Reader // of each
	has       cursor             // what the phone has
	will      cursor             // what it will have
}

func (s studyService) GetPack(req *aulav1.GetPackRequest, stream grpc.ServerStreamingServer[aulav1.GetPackResponse]) error {
	ctx := stream.Context()
	l, err := student(ctx)
	if err != nil {
		return err
	}
	p := &pack{Server: s.Server, l: l, stream: stream}
	if p.has, err = readCursor(req.GetCursor(), l.GetId()); err != nil {
		return err
	}
	if err := p.speak(req.GetLanguages()); err != nil {
		return err
	}
	// The log comes first: what happens from here on lies behind the cursor.
	seq, err := s.Store.LogLength(ctx, l.GetId())
	if err != nil {
		return err
	}
	p.will = cursor{seq: seq, revisions: maps.Clone(p.has.revisions)}
	if p.will.revisions == nil {
		p.will.revisions = map[string]int32{}
	}
	profile, err := s.Store.Learner(ctx, l.GetId())
	if err != nil {
		return err
	}
	sets, gone, err := p.sets(ctx, req.GetSets())
	if err != nil {
		return err
	}
	if err := stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_Learner{Learner: profile}}); err != nil {
		return err
	}
	if err := p.content(sets, gone); err != nil {
		return err
	}
	if err := p.states(ctx); err != nil {
		return err
	}
	return stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_End{End: &aulav1.PackEnd{Cursor: p.will.token(l.GetId())}}})
}

// speak reads which languages the pack is to be in: by default the learner's, as one.
func (p *pack) speak(wanted []string) error {
	if len(wanted) == 0 {
		p.languages, p.readers = []string{p.l.GetLanguage()}, []questions.Reader{p.l.reads}
	}
	for _, name := range wanted {
		tag, err := language.Parse(name)
		if err != nil {
			return unknownLanguage("languages", name)
		}
		p.languages, p.readers = append(p.languages, name), append(p.readers, questions.Reader{tag})
	}
	return nil
}

// sets finds the sets of the pack, and those that the phone has and that are no longer there.
// Errors: SET_NOT_FOUND.
func (p *pack) sets(ctx context.Context, named []string) (sets []*studied, gone []string, err error) {
	has := slices.Sorted(maps.Keys(p.has.revisions))
	ids := named
	if len(named) == 0 {
		if ids, err = p.Store.StudiedSets(ctx, p.l.GetId()); err != nil {
			return nil, nil, err
		}
	}
	exams, err := p.examined(ctx, p.l.GetId())
	if err != nil {
		return nil, nil, err
	}
	looked := map[string]bool{}
	for _, id := range slices.Concat(ids, has) {
		if looked[id] {
			continue
		}
		looked[id] = true
		set, err := p.current(ctx, id, exams[id])
		_, had := p.has.revisions[id]
		switch {
		case err == nil:
			sets = append(sets, set)
		case !isReason(err, aulav1.ErrorReason_SET_NOT_FOUND) || len(has) == 0 && len(named) > 0:
			return nil, nil, err
		case had || len(named) > 0: // it may ask for what it had once more
			gone = append(gone, id)
		}
	}
	return sets, gone, nil
}

// stamp is what a cursor says of a set: its revision, or where questions are left out because of
// an exam, a number of which and of the revision, below 0.
func (s *studied) stamp() int32 {
	if len(s.exams) == 0 {
		return s.revision
	}
	h := fnv.New32a()
	h.Write([]byte(strconv.Itoa(int(s.revision))))
	for _, id := range slices.Sorted(maps.Keys(s.exams)) {
		h.Write([]byte("\x00" + id))
	}
	return int32(h.Sum32() | 1<<31)
}

// content sends the sets that are not what the phone has.
func (p *pack) content(sets []*studied, gone []string) error {
	for _, id := range gone {
		delete(p.will.revisions, id)
		if err := p.stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_RemovedSet{RemovedSet: id}}); err != nil {
			return err
		}
	}
	for _, set := range sets {
		p.will.revisions[set.id] = set.stamp()
		if had, ok := p.has.revisions[set.id]; ok && had == set.stamp() {
			continue
		}
		if err := p.stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_Set{Set: &aulav1.PackSet{
			Set: set.id, Revision: set.revision, Title: set.Source.GetTitle(),
		}}}); err != nil {
			return err
		}
		for _, q := range set.Askable(questions.Play{}) {
			if set.exams[q.Source.GetId()] {
				continue
			}
			if err := p.stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_Card{Card: p.card(set, q)}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// card is a card in all languages.
func (p *pack) card(set *studied, q *questions.Question) *aulav1.PackCard {
	card := &aulav1.PackCard{Set: set.id, Question: q.Source.GetId(), Fact: q.Source.GetFact(), Position: q.Position}
	play := studyPlay(p.l.GetId())
	for i, reader := range p.readers {
		o := &aulav1.Outcome{}
		set.Reveal(q, o, reader, play)
		text := &aulav1.PackText{Language: p.languages[i], Key: o.GetKey(), Explanation: o.GetExplanation()}
		card.Texts = append(card.Texts, withField(text, promptOfPackText, set.EncodedPrompt(q, reader, play)))
	}
	return card
}

// promptOfPackText is the number of the field PackText.prompt.
var promptOfPackText = fieldNumber(&aulav1.PackText{}, "prompt")

// states sends the states that the phone does not know: of the sets that it did not have all,
// of the others those that have changed.
func (p *pack) states(ctx context.Context) error {
	send := func(state *aulav1.CardState) error {
		return p.stream.Send(&aulav1.GetPackResponse{Part: &aulav1.GetPackResponse_State{State: state}})
	}
	for _, set := range slices.Sorted(maps.Keys(p.will.revisions)) {
		if _, had := p.has.revisions[set]; had {
			continue
		}
		if err := p.eachCard(ctx, p.l, set, send); err != nil {
			return err
		}
	}
	if len(p.has.revisions) == 0 {
		return nil
	}
	for after := p.has.seq; ; {
		states, last, err := p.Store.CardsChanged(ctx, p.l.GetId(), after, p.will.seq, cardsAtOnce)
		if err != nil {
			return err
		}
		for _, state := range states {
			_, had := p.has.revisions[state.GetSet()]
			if _, has := p.will.revisions[state.GetSet()]; !had || !has {
				continue
			}
			if err := send(state); err != nil {
				return err
			}
		}
		if after = last; len(states) < cardsAtOnce {
			return nil
		}
	}
}

// cardsAtOnce is how many cards are read in one go, where all are.
const cardsAtOnce = 500

// eachCard calls f with the state of every card of a set that a learner has. It holds a few at a
// time.
func (s *Server) eachCard(ctx context.Context, l *learner, set string, f func(*aulav1.CardState) error) error {
	for last := ""; ; {
		states, err := s.Store.CardsAfter(ctx, l.GetId(), set, last, cardsAtOnce)
		if err != nil {
			return err
		}
		for _, state := range states {
			last = state.GetQuestion()
			if err := f(state); err != nil {
				return err
			}
		}
		if len(states) < cardsAtOnce {
			return nil
		}
	}
}
