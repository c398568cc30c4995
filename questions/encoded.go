package questions

import (
	"sync"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// What every learner is shown of a question is much the same, so it is made once for each
// language and each order of its options, and kept as it goes over the wire. maxEncoded
// bounds how many of each are kept a set; they take some 300 bytes each.
const maxEncoded = 4096

// encodedKey tells apart what may be shown of a question.
type encodedKey struct {
	question    *Question
	lang        string
	tag         language.Tag
	fallback    bool
	exam, cards bool
	order       uint64
}

// EncodedPrompt returns Prompt in its wire form. It must not be changed.
func (s *Set) EncodedPrompt(q *Question, r Reader, play Play) []byte {
	return s.encoded(&s.prompts, q, r, play, func() proto.Message { return s.Prompt(q, r, play) })
}

// EncodedKey returns the wire form of what Reveal fills into an outcome. It must not be
// changed.
func (s *Set) EncodedKey(q *Question, r Reader, play Play) []byte {
	return s.encoded(&s.keys, q, r, play, func() proto.Message {
		o := &aulav1.Outcome{}
		s.Reveal(q, o, r, play)
		return o
	})
}

func (s *Set) encoded(kept *bounded[encodedKey, []byte], q *Question, r Reader, play Play, build func() proto.Message) []byte {
	v, fallback := s.view(q, r, play)
	order, known := q.orderIn(v)
	if !known {
		return encode(build())
	}
	key := encodedKey{q, v.lang, v.tag, fallback, play.Exam, play.Cards, order}
	return kept.get(key, func() []byte { return encode(build()) })
}

func encode(m proto.Message) []byte {
	b, err := proto.Marshal(m)
	if err != nil { // a text that is not UTF-8: a published set has none
		panic("questions: encode: " + err.Error())
	}
	return b
}

// orders are the orders that a question is shown in.
type orders struct {
	once sync.Once
	of   []ordered
}

// ordered is a list of n things that each attempt shows in an order of its own.
type ordered struct {
	id string
	n  int
}

// orderIn packs the orders in which a view shows a question into a number. known is false
// where they do not fit.
func (q *Question) orderIn(v view) (packed uint64, known bool) {
	q.orders.once.Do(func() {
		asking := v
		asking.note = func(id string, n int) { q.orders.of = append(q.orders.of, ordered{id, n}) }
		q.kind().prompt(&aulav1.Prompt{}, asking)
	})
	const most, bits = 16, 4
	places := 0
	for _, list := range q.orders.of {
		if places += list.n; places > most {
			return 0, false
		}
		v.id = list.id
		for _, i := range v.order(list.n) {
			packed = packed<<bits | uint64(i)
		}
	}
	return packed, true
}
