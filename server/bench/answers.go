package main

import (
	aulav1 "aula/proto/aula/v1"
)

// guess answers a prompt of any kind as someone would who knows nothing.
func guess(p *aulav1.Prompt) *aulav1.Answer {
	switch p.GetKind().(type) {
	case *aulav1.Prompt_Choice:
		return choice(firstOf(p.GetChoice()))
	case *aulav1.Prompt_Numeric:
		return number(unlikelyNumber)
	case *aulav1.Prompt_TextEntry:
		return text(unlikelyText)
	case *aulav1.Prompt_Cloze:
		return guessBlanks(p.GetCloze())
	case *aulav1.Prompt_Order:
		var ids []string
		for _, item := range p.GetOrder().GetItems() {
			ids = append(ids, item.GetId())
		}
		return order(ids)
	case *aulav1.Prompt_Match:
		pairs := map[string]string{}
		for i, left := range p.GetMatch().GetLeft() {
			pairs[left.GetId()] = p.GetMatch().GetRight()[i%len(p.GetMatch().GetRight())].GetId()
		}
		return match(pairs)
	default:
		return card(aulav1.CardAnswer_AGAIN)
	}
}

const (
	unlikelyNumber = "987654"
	unlikelyText   = "xilófono"
)

func firstOf(p *aulav1.ChoicePrompt) []string { return []string{p.GetOptions()[0].GetId()} }

func guessBlanks(p *aulav1.ClozePrompt) *aulav1.Answer {
	blanks := map[string]*aulav1.BlankAnswer{}
	for _, piece := range p.GetPieces() {
		switch blank := piece.GetBlank(); {
		case blank == nil:
		case blank.GetChoice() != nil:
			blanks[blank.GetId()] = choiceBlank(firstOf(blank.GetChoice()))
		case blank.GetNumeric() != nil:
			blanks[blank.GetId()] = numberBlank(unlikelyNumber)
		default:
			blanks[blank.GetId()] = textBlank(unlikelyText)
		}
	}
	return cloze(blanks)
}

// right answers as the key says; what is typed is typed by the writer.
func right(key *aulav1.Key, writer func(string) string) *aulav1.Answer {
	switch key.GetKind().(type) {
	case *aulav1.Key_Choice:
		return choice(optionsOf(key.GetChoice()))
	case *aulav1.Key_Numeric:
		return number(key.GetNumeric().GetText())
	case *aulav1.Key_Text:
		return text(writer(key.GetText().GetAccepted()[0]))
	case *aulav1.Key_Cloze:
		return fillBlanks(key.GetCloze(), writer)
	case *aulav1.Key_Order:
		var ids []string
		for _, item := range key.GetOrder().GetItems() {
			ids = append(ids, item.GetId())
		}
		return order(ids)
	case *aulav1.Key_Match:
		return match(key.GetMatch().GetPairs())
	default:
		return card(aulav1.CardAnswer_GOOD)
	}
}

func optionsOf(key *aulav1.ChoiceKey) (ids []string) {
	for _, option := range key.GetOptions() {
		ids = append(ids, option.GetId())
	}
	return ids
}

func fillBlanks(key *aulav1.ClozeKey, writer func(string) string) *aulav1.Answer {
	blanks := map[string]*aulav1.BlankAnswer{}
	for id, blank := range key.GetBlanks() {
		switch blank.GetKind().(type) {
		case *aulav1.BlankKey_Choice:
			blanks[id] = choiceBlank(optionsOf(blank.GetChoice()))
		case *aulav1.BlankKey_Numeric:
			blanks[id] = numberBlank(blank.GetNumeric().GetText())
		default:
			blanks[id] = textBlank(writer(blank.GetText().GetAccepted()[0]))
		}
	}
	return cloze(blanks)
}

func carefully(text string) string { return text }

// hastily swaps two letters in the middle of what is long enough.
func hastily(text string) string {
	letters := []rune(text)
	if i := len(letters) / 2; len(letters) > 4 {
		letters[i-1], letters[i] = letters[i], letters[i-1]
	}
	return string(letters)
}

func choice(options []string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
}

func number(typed string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: typed}}}
}

func text(typed string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: typed}}}
}

func cloze(blanks map[string]*aulav1.BlankAnswer) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: &aulav1.ClozeAnswer{Blanks: blanks}}}
}

func choiceBlank(options []string) *aulav1.BlankAnswer {
	return &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
}

func numberBlank(typed string) *aulav1.BlankAnswer {
	return &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Numeric{Numeric: &aulav1.NumericAnswer{Text: typed}}}
}

func textBlank(typed string) *aulav1.BlankAnswer {
	return &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Text{Text: &aulav1.TextAnswer{Text: typed}}}
}

func order(items []string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: &aulav1.OrderAnswer{Items: items}}}
}

func match(pairs map[string]string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: pairs}}}
}

func card(rating aulav1.CardAnswer_Rating) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: rating}}}
}
