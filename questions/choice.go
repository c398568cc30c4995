package questions

import (
	"fmt"
	"math"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// choice asks to choose one option or several.
type choice struct {
	question *aulav1.ChoiceQuestion
	weights  []float64 // of the options, -1 to 1
	right    int       // how many of them are in the key
	shuffled []int     // those each attempt shows in an order of its own
	last     []int     // those that follow, as the author has them
}

// weightSlack is how far a sum of weights may be from what it means: thirds cannot be
// written exactly.
const weightSlack = 1e-6

func newChoice(q *aulav1.ChoiceQuestion) choice {
	c := choice{question: q}
	correct := 0
	for _, option := range q.GetOptions() {
		if option.GetCorrect() {
			correct++
		}
	}
	for i, option := range q.GetOptions() {
		c.weights = append(c.weights, c.weight(option, correct))
		if c.isKey(i) {
			c.right++
		}
		if q.GetFixedOrder() || option.GetLast() {
			c.last = append(c.last, i)
		} else {
			c.shuffled = append(c.shuffled, i)
		}
	}
	return c
}

// weight is what the author says or the usual, where so many options are correct.
func (c choice) weight(option *aulav1.ChoiceOption, correct int) float64 {
	switch {
	case option.Weight != nil:
		return option.GetWeight()
	case c.question.GetMultiple() && option.GetCorrect():
		return 1 / float64(correct)
	case c.question.GetMultiple():
		return -1 / float64(len(c.question.GetOptions())-correct)
	case option.GetCorrect():
		return 1
	}
	return 0
}

// isKey reports whether option i belongs to what earns everything.
func (c choice) isKey(i int) bool {
	if c.question.GetMultiple() {
		return c.weights[i] > 0
	}
	return c.weights[i] == 1
}

func (c choice) check(r *report) {
	ids := map[string]bool{}
	var texts []labelled
	contradiction := false
	for i, option := range c.question.GetOptions() {
		path := fmt.Sprintf("choice.options[%d]", i)
		r.unique(path+".id", option.GetId(), ids)
		r.texts(path+".text", option.GetText())
		r.texts(path+".feedback", option.GetFeedback())
		texts = append(texts, labelled{path + ".text", option.GetText()})
		weight := c.weights[i]
		if option.GetCorrect() && weight <= 0 || !option.GetCorrect() && !c.question.GetMultiple() && weight == 1 {
			r.add(path+".weight", "check.choice_contradiction", map[string]any{"Weight": weight})
			contradiction = true
		}
	}
	if !contradiction { // or the key is anybody's guess
		c.checkKey(r)
	}
	r.alike("check.choice_same_text", texts)
}

// checkKey checks that there is a way to earn everything, which is not to choose everything.
func (c choice) checkKey(r *report) {
	sum := 0.
	for _, weight := range c.weights {
		sum += math.Max(0, weight)
	}
	switch multiple := c.question.GetMultiple(); {
	case !multiple && c.right != 1:
		r.add("choice.options", "check.choice_single_key", map[string]any{"Count": c.right})
	case !multiple:
	case c.right == 0:
		r.add("choice.options", "check.choice_no_key", nil)
	case c.right == len(c.weights):
		r.add("choice.options", "check.choice_no_distractor", nil)
	case math.Abs(sum-1) > weightSlack:
		r.add("choice.options", "check.choice_weights", map[string]any{"Sum": tidy(sum)})
	}
}

func (c choice) covers(lang string) bool {
	return !slices.ContainsFunc(c.question.GetOptions(), func(o *aulav1.ChoiceOption) bool {
		return o.GetText()[lang] == "" || len(o.GetFeedback()) > 0 && o.GetFeedback()[lang] == ""
	})
}

// shown lists the options in the order in which this attempt shows them.
func (c choice) shown(v view) []int {
	shown := make([]int, 0, len(c.weights))
	for _, i := range v.order(len(c.shuffled)) {
		shown = append(shown, c.shuffled[i])
	}
	return append(shown, c.last...)
}

func (c choice) option(i int, lang string) *aulav1.ChoicePromptOption {
	option := c.question.GetOptions()[i]
	return &aulav1.ChoicePromptOption{Id: option.GetId(), Text: option.GetText()[lang]}
}

func (c choice) prompt(p *aulav1.Prompt, v view) {
	p.Kind = &aulav1.Prompt_Choice{Choice: c.ask(v)}
}

// ask, score and solution are prompt, grade and key for a choice that stands anywhere.
func (c choice) ask(v view) *aulav1.ChoicePrompt {
	prompt := &aulav1.ChoicePrompt{Multiple: c.question.GetMultiple()}
	for _, i := range c.shown(v) {
		prompt.Options = append(prompt.Options, c.option(i, v.lang))
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
	for i, id := range chosen {
		at := slices.IndexFunc(c.question.GetOptions(), func(o *aulav1.ChoiceOption) bool { return o.GetId() == id })
		if at < 0 {
			return Grade{}, &Refusal{Field: fmt.Sprintf("choice.options[%d]", i), ID: "choice.no_such_option", Args: map[string]any{
				"Option": id, "Options": c.optionIDs(to),
			}}
		}
		if text := c.question.GetOptions()[at].GetFeedback()[to.lang]; text != "" {
			g.Feedback = append(g.Feedback, Message{Text: text})
		}
	}
	var right, wrong int
	g.Fraction, right, wrong = c.sum(chosen)
	if c.question.GetMultiple() {
		messages := []Message{{ID: "choice.tally", Args: map[string]any{"Count": c.right, "Right": right, "Wrong": wrong}}}
		if len(chosen) == len(c.weights) && g.Fraction > 0 {
			messages = append(messages, Message{ID: "choice.everything"})
			g.Fraction = 0
		}
		g.Feedback = append(messages, g.Feedback...)
	}
	return g, nil
}

// sum adds up the weights of the options chosen, 0 to 1, in the author's order, so that
// the learner's cannot change the last digit. It counts the options that earn and those
// that cost.
func (c choice) sum(chosen []string) (sum float64, right, wrong int) {
	for i, option := range c.question.GetOptions() {
		if !slices.Contains(chosen, option.GetId()) {
			continue
		}
		sum += c.weights[i]
		switch {
		case c.weights[i] > 0:
			right++
		case c.weights[i] < 0:
			wrong++
		}
	}
	switch {
	case sum < weightSlack:
		sum = 0
	case sum > 1-weightSlack:
		sum = 1
	}
	return sum, right, wrong
}

// optionIDs lists the ids as shown, for an error that says what may be chosen.
func (c choice) optionIDs(v view) string {
	var ids []string
	for _, i := range c.shown(v) {
		ids = append(ids, c.question.GetOptions()[i].GetId())
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
	for _, i := range c.shown(v) {
		if c.isKey(i) {
			option := c.option(i, v.lang)
			key.Options = append(key.Options, option)
			lines = append(lines, option.GetText())
		}
	}
	return key, strings.Join(lines, "\n")
}
