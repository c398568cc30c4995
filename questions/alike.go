package questions

import "strings"

// labelled is a text that learners choose by, and its path in the question.
type labelled struct {
	path string
	text map[string]string
}

// alike reports, by the sentence of that id, each text that looks in some language like one
// before it: nobody could tell which is which.
func (r *report) alike(id string, readings []labelled) {
	for _, lang := range r.languages {
		seen := map[string]bool{}
		for _, each := range readings {
			look := looks(each.text[lang])
			if look != "" && seen[look] {
				r.add(each.path, id, map[string]any{"Text": each.text[lang], "Language": lang})
			}
			seen[look] = true
		}
	}
}

// looks is the same for texts that differ in letter case and spaces only.
func looks(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}
