package gift

import (
	"regexp"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats/plaintext"
)

var (
	trueFalse = regexp.MustCompile(`^(?:TRUE|FALSE|T|F)\s*(?:#|$)`)
	// almostTrueFalse is what an author may write who means true or false.
	almostTrueFalse = regexp.MustCompile(`^(?i:true|false|t|f|v|verdadero|falso|cierto)$`)
)

// trueFalse reads TRUE or FALSE with what to tell who is wrong, and who is right.
func (q *question) trueFalse(p part) {
	judgement, feedback, _ := q.cut(p, "#")
	wrong, right, _ := q.cut(feedback, "#")
	q.read.Kind = &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{
		Correct:  q.signs[judgement.from] == 'T',
		Feedback: q.feedback(wrong),
	}}
	if right = q.trim(right); right.from < right.to {
		q.warn(right.from, "format.gift.right_feedback")
	}
}

// textEntry reads answers to be typed. They are compared as Moodle does.
func (q *question) textEntry(p part) {
	t := &aulav1.TextQuestion{
		Accents:       aulav1.TextQuestion_REQUIRE,
		Punctuation:   true,
		ExactSpelling: true,
	}
	q.read.Kind = &aulav1.Question_TextEntry_{TextEntry: t}
	answers := q.answers(p)
	full := false
	for _, a := range answers {
		weight, rest, found := q.weight(a.part)
		if !found {
			weight = 1
		}
		full = full || weight == 1
		q.accept(t, rest, weight)
	}
	if !full && !q.refused {
		q.refuse(p.from, "format.gift.no_full_credit")
	}
	if len(t.GetAccepted()) > plaintext.MaxAccepted || len(t.GetWrong()) > plaintext.MaxAccepted {
		q.refuse(p.from, "format.gift.answer_count", "Count", len(answers), "Max", plaintext.MaxAccepted)
	}
	if len(answers) == 1 && len(t.GetAccepted()) == 1 {
		if only := t.GetAccepted()[0].GetText(); almostTrueFalse.MatchString(textOf(only)) {
			q.warn(p.from, "format.gift.maybe_true_false", "Answer", textOf(only))
		}
	}
	fromWildcards(t)
}

// accept enters one answer, still with Moodle's wildcards.
func (q *question) accept(t *aulav1.TextQuestion, p part, weight float64) {
	at, told, _ := q.cut(p, "#")
	text, feedback := q.plain(at), q.feedback(told)
	switch wild := hasWildcard(text); {
	case text == "":
		q.refuse(p.from, "format.gift.answer_empty")
	case plaintext.TooLong(text, plaintext.MaxAnswer) > 0:
		q.refuse(p.from, "format.gift.answer_too_long", "Length", plaintext.TooLong(text, plaintext.MaxAnswer), "Max", plaintext.MaxAnswer)
	case weight > 0 && wild && strings.Trim(text, "* ") == "":
		q.refuse(p.from, "format.gift.accepts_anything")
	case weight > 0:
		accepted := &aulav1.AcceptedText{Text: plaintext.Said(text), Feedback: feedback}
		if weight < 1 {
			accepted.Fraction = &weight
		}
		t.Accepted = append(t.Accepted, accepted)
	case !wild:
		t.Wrong = append(t.Wrong, &aulav1.WrongText{Text: plaintext.Said(text), Feedback: feedback})
	case len(feedback) > 0:
		q.warn(p.from, "format.gift.wrong_wildcard", "Answer", text)
	}
}
