package main

import (
	"fmt"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// shippedQuestions are the questions of the shipped sets by id, those that facts ask for too.
var shippedQuestions = sync.OnceValues(func() (map[string]*aulav1.Question, error) {
	bundle, err := locales.Shipped()
	if err != nil {
		return nil, err
	}
	shipped, err := sets.Shipped()
	if err != nil {
		return nil, err
	}
	byID := map[string]*aulav1.Question{}
	for _, source := range shipped {
		set, problems := questions.Expand(source, bundle.Words)
		if problems != nil {
			return nil, problems
		}
		for _, q := range set.GetQuestions() {
			byID[q.GetId()] = q
		}
	}
	return byID, nil
})

// keyOf is the answer to a question of the shipped sets that earns everything, as JSON.
func keyOf(t *testing.T, prompt map[string]any, lang string) string {
	t.Helper()
	byID, err := shippedQuestions()
	if err != nil {
		t.Fatal(err)
	}
	q := byID[prompt["question"].(string)]
	if q == nil {
		t.Fatalf("no question %v", prompt["question"])
	}
	text, err := protojson.Marshal(rightAnswer(q, lang))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func rightAnswer(q *aulav1.Question, lang string) *aulav1.Answer {
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: rightOptions(kind.Choice)}}
	case *aulav1.Question_TrueFalse:
		options := []string{fmt.Sprint(kind.TrueFalse.GetCorrect())}
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
	case *aulav1.Question_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: rightNumber(kind.Numeric)}}
	case *aulav1.Question_TextEntry_:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: rightText(kind.TextEntry, lang)}}
	case *aulav1.Question_Cloze:
		return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: rightBlanks(kind.Cloze, lang)}}
	case *aulav1.Question_Order:
		order := &aulav1.OrderAnswer{}
		for _, item := range kind.Order.GetItems() {
			order.Items = append(order.Items, item.GetId())
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: order}}
	case *aulav1.Question_Match:
		match := &aulav1.MatchAnswer{Pairs: map[string]string{}}
		for _, pair := range kind.Match.GetPairs() {
			match.Pairs[pair.GetLeft().GetId()] = pair.GetRight().GetId()
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: match}}
	}
	return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: aulav1.CardAnswer_GOOD}}}
}

func rightOptions(choice *aulav1.ChoiceQuestion) *aulav1.ChoiceAnswer {
	right := &aulav1.ChoiceAnswer{}
	for _, option := range choice.GetOptions() {
		if option.GetCorrect() {
			right.Options = append(right.Options, option.GetId())
		}
	}
	return right
}

func rightNumber(numeric *aulav1.NumericQuestion) *aulav1.NumericAnswer {
	value := numeric.GetValue()
	if numeric.GetRange() != nil {
		value = numeric.GetRange().GetLow()
	}
	return &aulav1.NumericAnswer{Text: fmt.Sprint(value)}
}

func rightText(text *aulav1.TextQuestion, lang string) *aulav1.TextAnswer {
	return &aulav1.TextAnswer{Text: text.GetAccepted()[0].GetText()[lang]}
}

func rightBlanks(cloze *aulav1.ClozeQuestion, lang string) *aulav1.ClozeAnswer {
	blanks := map[string]*aulav1.BlankAnswer{}
	for _, blank := range cloze.GetBlanks() {
		answer := &aulav1.BlankAnswer{}
		switch {
		case blank.GetChoice() != nil:
			answer.Kind = &aulav1.BlankAnswer_Choice{Choice: rightOptions(blank.GetChoice())}
		case blank.GetNumeric() != nil:
			answer.Kind = &aulav1.BlankAnswer_Numeric{Numeric: rightNumber(blank.GetNumeric())}
		default:
			answer.Kind = &aulav1.BlankAnswer_Text{Text: rightText(blank.GetTextEntry(), lang)}
		}
		blanks[blank.GetId()] = answer
	}
	return &aulav1.ClozeAnswer{Blanks: blanks}
}
