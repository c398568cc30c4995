package api_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// pack receives a whole pack.
func (p *pupil) pack(req *aulav1.GetPackRequest) (parts []*aulav1.GetPackResponse, err error) {
	stream, err := p.w.study.GetPack(p.ctx(), req)
	if err != nil {
		return nil, err
	}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
}

// packed is what a phone makes of packs.
type packed struct {
	p      *pupil
	req    *aulav1.GetPackRequest
	cards  map[string]*aulav1.PackCard
	states map[string]*aulav1.CardState
	got    string // of the last pack
}

// fetch takes the next pack.
func (f *packed) fetch() {
	f.p.w.t.Helper()
	parts, err := f.p.pack(f.req)
	if err != nil {
		f.p.w.t.Fatal(err)
	}
	var got []string
	for i, part := range parts {
		if (i == 0) != (part.GetLearner() != nil) || (i == len(parts)-1) != (part.GetEnd() != nil) {
			f.p.w.t.Fatalf("part %d of %d is %v", i, len(parts), part)
		}
		switch part := part.GetPart().(type) {
		case *aulav1.GetPackResponse_Set:
			got = append(got, fmt.Sprint("set ", part.Set.GetSet(), "/", part.Set.GetRevision()))
			for id, card := range f.cards {
				if card.GetSet() == part.Set.GetSet() {
					delete(f.cards, id)
				}
			}
		case *aulav1.GetPackResponse_Card:
			id := part.Card.GetSet() + "/" + part.Card.GetQuestion()
			got = append(got, fmt.Sprint("card ", part.Card.GetQuestion()))
			f.cards[id] = part.Card
		case *aulav1.GetPackResponse_State:
			got = append(got, "state "+part.State.GetQuestion())
			f.states[part.State.GetSet()+"/"+part.State.GetQuestion()] = part.State
		case *aulav1.GetPackResponse_RemovedSet:
			got = append(got, "removed "+part.RemovedSet)
			for id, card := range f.cards {
				if card.GetSet() == part.RemovedSet {
					delete(f.cards, id)
				}
			}
		}
	}
	f.got = strings.Join(got, ", ")
	f.req.Cursor = parts[len(parts)-1].GetEnd().GetCursor()
}

func (p *pupil) packed(req *aulav1.GetPackRequest) *packed {
	return &packed{p: p, req: req, cards: map[string]*aulav1.PackCard{}, states: map[string]*aulav1.CardState{}}
}

// What a phone is sent first, and what it is sent when something has changed.
func TestGetPack(t *testing.T) {
	w := newWorld(t)
	w.publish("capitals", func(*aulav1.QuestionSet) {})
	w.many("many", 3)
	p := w.pupil()
	p.rate("many", "q-1", aulav1.CardAnswer_GOOD)
	all := p.packed(&aulav1.GetPackRequest{})
	next := func(f *packed, want string) {
		t.Helper()
		f.fetch()
		if f.got != want {
			t.Errorf("got %s, want %s", f.got, want)
		}
	}
	next(all, "set many/1, card q-0, card q-1, card q-2, state q-1")
	next(all, "")
	p.rate("capitals", "peru", aulav1.CardAnswer_EASY)
	p.rate("many", "q-1", aulav1.CardAnswer_GOOD)
	next(all, "set capitals/1, card ecuador, card height, card high, card peru, card chile, card uruguay, state peru, state q-1")
	p.rate("many", "q-2", aulav1.CardAnswer_GOOD)
	next(all, "state q-2")
	w.many("many", 2)
	next(all, "set many/2, card q-0, card q-1")
	exam, err := w.quiz.StartAttempt(p.ctx(), &aulav1.StartAttemptRequest{Set: "capitals", Mode: aulav1.Attempt_EXAM})
	if err != nil {
		t.Fatal(err)
	}
	next(all, "set capitals/1, card ecuador, card peru, card chile, card uruguay")
	next(all, "")
	if _, err := w.quiz.FinishAttempt(p.ctx(), &aulav1.FinishAttemptRequest{Attempt: exam.GetId()}); err != nil {
		t.Fatal(err)
	}
	next(all, "set capitals/1, card ecuador, card height, card high, card peru, card chile, card uruguay")
	named := p.packed(&aulav1.GetPackRequest{Sets: []string{"rivers", "capitals"}})
	named.fetch()
	if err := w.store.Archive(t.Context(), "capitals", true, w.now()); err != nil {
		t.Fatal(err)
	}
	next(all, "removed capitals")
	next(named, "removed capitals")
	next(all, "")
	p.rate("rivers", "longest", aulav1.CardAnswer_GOOD)
	next(named, "removed capitals, state longest") // it is asked for
	_, err = p.pack(&aulav1.GetPackRequest{Sets: []string{"capitals"}})
	wantReason(t, err, aulav1.ErrorReason_SET_NOT_FOUND, "")
	_, err = w.pupil().pack(&aulav1.GetPackRequest{Cursor: all.req.GetCursor()})
	wantReason(t, err, aulav1.ErrorReason_INVALID_CURSOR, "")
}

// A card in a pack says the same as ListDueCards and RevealCard do, in every language.
func TestPackCards(t *testing.T) {
	w := newWorld(t)
	p := w.pupil()
	f := p.packed(&aulav1.GetPackRequest{Sets: []string{"rivers"}, Languages: []string{"es-EC", "fr"}})
	f.fetch()
	for i, lang := range []string{"es-EC", "fr"} {
		for _, card := range p.due(&aulav1.ListDueCardsRequest{Sets: []string{"rivers"}, Language: lang}).GetCards() {
			id := card.GetPrompt().GetQuestion()
			key, err := w.study.RevealCard(p.ctx(), &aulav1.RevealCardRequest{Set: "rivers", Question: id, Language: lang})
			if err != nil {
				t.Fatal(err)
			}
			want := &aulav1.PackText{Language: lang, Prompt: card.GetPrompt(), Key: key.GetKey(), Explanation: key.GetExplanation()}
			if got := f.cards["rivers/"+id].GetTexts()[i]; !proto.Equal(got, want) {
				t.Errorf("%s is packed as %v, want %v", id, got, want)
			}
		}
	}
	_, err := p.pack(&aulav1.GetPackRequest{Languages: []string{"español"}})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "")
}

// However many states there are, and whatever happens while they are sent: a phone ends with
// those that the server has.
func TestPackWhileReviewing(t *testing.T) {
	w := newWorld(t)
	const n = 1200 // more than are read in one go
	w.many("many", n)
	w.many("more", 3)
	p := w.pupil()
	for i := range n {
		p.rate("many", fmt.Sprint("q-", i), aulav1.CardAnswer_GOOD)
	}
	p.rate("more", "q-0", aulav1.CardAnswer_GOOD)
	f := p.packed(&aulav1.GetPackRequest{})
	for round := range 3 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 300 {
				p.rate("many", fmt.Sprint("q-", (i*7+round)%n), aulav1.CardAnswer_GOOD)
			}
		}()
		f.fetch()
		<-done
		f.fetch()
		for i := range n {
			id := fmt.Sprint("q-", i)
			want, err := w.store.Card(t.Context(), p.profile.GetId(), "many", id)
			if err != nil || !proto.Equal(f.states["many/"+id], want) {
				t.Fatalf("round %d: %s is %v, want %v, %v", round, id, f.states["many/"+id], want, err)
			}
		}
	}
	if len(f.states) != n+1 || len(f.cards) != n+3 {
		t.Errorf("%d states, %d cards", len(f.states), len(f.cards))
	}
}

// A phone that does not read holds up nobody.
func TestPackForSlowReaders(t *testing.T) {
	w := newWorld(t)
	w.many("many", 20_000)
	p := w.pupil()
	for range 10 {
		stream, err := w.study.GetPack(p.ctx(), &aulav1.GetPackRequest{Sets: []string{"many"}})
		if err == nil {
			_, err = stream.Recv()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p.rate("many", "q-19999", aulav1.CardAnswer_GOOD)
	f := p.packed(&aulav1.GetPackRequest{Sets: []string{"many"}})
	if f.fetch(); len(f.cards) != 20_000 || len(f.states) != 1 {
		t.Errorf("%d cards, %d states", len(f.cards), len(f.states))
	}
}

// A pack as it is sent, in both languages.
func TestPackGolden(t *testing.T) {
	w := newWorld(t)
	w.publish("capitals", func(*aulav1.QuestionSet) {})
	p := w.pupil()
	p.rate("capitals", "ecuador", aulav1.CardAnswer_EASY)
	parts, err := p.pack(&aulav1.GetPackRequest{Languages: []string{"en", "es"}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, part := range parts {
		switch {
		case part.GetSet() != nil:
			fmt.Fprintf(&b, "set %s, revision %d: %s · %s\n", part.GetSet().GetSet(), part.GetSet().GetRevision(), part.GetSet().GetTitle()["en"], part.GetSet().GetTitle()["es"])
		case part.GetCard() != nil:
			fmt.Fprintf(&b, "card %d: %s/%s %s\n", part.GetCard().GetPosition(), part.GetCard().GetSet(), part.GetCard().GetQuestion(), part.GetCard().GetFact())
			for _, text := range part.GetCard().GetTexts() {
				kind := text.GetPrompt().ProtoReflect().WhichOneof(text.GetPrompt().ProtoReflect().Descriptor().Oneofs().ByName("kind"))
				fmt.Fprintf(&b, "    %s: (%s, %s) %s\n        %s. %s\n", text.GetLanguage(), kind.Name(), text.GetPrompt().GetLanguage(), text.GetPrompt().GetText(),
					text.GetKey().GetDisplay(), text.GetExplanation())
			}
		case part.GetState() != nil:
			fmt.Fprintf(&b, "state %s/%s %s\n", part.GetState().GetSet(), part.GetState().GetQuestion(), part.GetState().GetPhase())
		}
	}
	golden(t, "study/pack.txt", b.String())
	if slices.ContainsFunc(parts, func(part *aulav1.GetPackResponse) bool { return part.GetCard().GetQuestion() == "final" }) {
		t.Error("a question for exams is in the pack")
	}
}
