package questions

import (
	"fmt"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// choice asks to choose one option or several.
type choice struct {
	question *aulav1.ChoiceQuestion
	right    int // how many options are correct
}

func newChoice(q *aulav1.ChoiceQuestion) choice {
	c := choice{question: q}
	for _, option := range c.question.GetOptions() {
		if option.GetCorrect() {
			c.right++
		}
	}
	return c
}

func (c choice) check(r *report) {
	options := c.question.GetOptions()
	switch {
	case !c.question.GetMultiple() && c.right != 1:
		r.add("choice.options", "check.choice_single_key", map[string]any{"Count": c.right})
	case c.right == 0:
		r.add("choice.options", "check.choice_no_key", nil)
	case c.right == len(options):
		r.add("choice.options", "check.choice_no_distractor", nil)
	}
	ids := map[string]bool{}
	for i, option := range options {
		path := fmt.Sprintf("choice.options[%d]", i)
		r.unique(path+".id", option.GetId(), ids)
		r.texts(path+".text", option.GetText())
		r.texts(path+".feedback", option.GetFeedback())
	}
	for _, lang := range r.languages {
		texts := map[string]bool{}
		for i, option := range options {
			text := strings.ToLower(strings.Join(strings.Fields(option.GetText()[lang]), " "))
			if text != "" && texts[text] {
				r.add(fmt.Sprintf("choice.options[%d].text", i), "check.choice_same_text",
					map[string]any{"Text": option.GetText()[lang], "Language": lang})
			}
			texts[text] = true
		}
	}
}

func (c choice) covers(lang string) bool {
	return !slices.ContainsFunc(c.question.GetOptions(), func(o *aulav1.ChoiceOption) bool {
		return o.GetText()[lang] == "" || len(o.GetFeedback()) > 0 && o.GetFeedback()[lang] == ""
	})
}

// shown lists the options in the order in which this attempt shows them.
func (c choice) shown(v view) []*aulav1.ChoiceOption {
	options := c.question.GetOptions()
	shown := make([]*aulav1.ChoiceOption, len(options))
	for i, j := range v.order(len(options)) {
		shown[i] = options[j]
	}
	return shown
}

func (c choice) prompt(p *aulav1.Prompt, v view) {
	p.Kind = &aulav1.Prompt_Choice{Choice: c.ask(v)}
}

// ask, score and solution are prompt, grade and key for a choice that stands anywhere.
func (c choice) ask(v view) *aulav1.ChoicePrompt {
	prompt := &aulav1.ChoicePrompt{Multiple: c.question.GetMultiple()}
	for _, option := range c.shown(v) {
		prompt.Options = append(prompt.Options, &aulav1.ChoicePromptOption{Id: option.GetId(), Text: option.GetText()[v.lang]})
	}
	return prompt
}

func (c choice) grade(a *aulav1.Answer, _, to view) (Grade, error) {
	return c.score(a.GetChoice(), to)
}

func (c choice) score(a *aulav1.ChoiceAnswer, to view) (Grade, error) {
	chosen := a.GetOptions()
	if !c.question.GetMultiple() && len(chosen) > 1 {
		return Grade{}, &Refusal{Field: "choice.options", ID: "choice.one_only", Args: map[string]any{"Count": len(chosen)}}
	}
	var g Grade
	var right, wrong int
	for i, id := range chosen {
		at := slices.IndexFunc(c.question.GetOptions(), func(o *aulav1.ChoiceOption) bool { return o.GetId() == id })
		if at < 0 {
			return Grade{}, &Refusal{Field: fmt.Sprintf("choice.options[%d]", i), ID: "choice.no_such_option", Args: map[string]any{
				"Option": id, "Options": c.optionIDs(to),
			}}
		}
		option := c.question.GetOptions()[at]
		if option.GetCorrect() {
			right++
		} else {
			wrong++
		}
		if text := option.GetFeedback()[to.lang]; text != "" {
			g.Feedback = append(g.Feedback, Message{Text: text})
		}
	}
	g.Fraction = float64(right) / float64(c.right)
	if wrong > 0 {
		g.Fraction -= float64(wrong) / float64(len(c.question.GetOptions())-c.right)
	}
	if c.question.GetMultiple() {
		tally := Message{ID: "choice.tally", Args: map[string]any{"Count": c.right, "Right": right, "Wrong": wrong}}
		g.Feedback = append([]Message{tally}, g.Feedback...)
	}
	return g, nil
}

// optionIDs lists the ids as shown, for an error that says what may be chosen.
func (c choice) optionIDs(v view) string {
	var ids []string
	for _, option := range c.shown(v) {
		ids = append(ids, option.GetId())
	}
	return strings.Join(ids, ", ")
}

func (c choice) key(k *aulav1.Key, v view) {
	key, display := c.solution(v)
	k.Kind, k.Display = &aulav1.Key_Choice{Choice: key}, display
}

func (c choice) solution(v view) (key *aulav1.ChoiceKey, display string) {
	key = &aulav1.ChoiceKey{}
	var lines []string
	for _, option := range c.shown(v) {
		if option.GetCorrect() {
			key.Options = append(key.Options, &aulav1.ChoicePromptOption{Id: option.GetId(), Text: option.GetText()[v.lang]})
			lines = append(lines, option.GetText()[v.lang])
		}
	}
	return key, strings.Join(lines, "\n")
}
