package gift

import (
	"regexp"
	"slices"
	"strings"

	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

const categoryMark = "$CATEGORY:"

// moodleContext is where a category belongs in Moodle, which tells nothing elsewhere.
var moodleContext = regexp.MustCompile(`^\$(?:system|coursecat|cat\d*|course\d*|module\d*)\$$`)

// splitCategory gives the levels of a category, the outermost first. A slash in a name is
// doubled.
func splitCategory(path string) (levels []string) {
	const slash = "\x00"
	for level := range strings.SplitSeq(strings.ReplaceAll(path, "//", slash), "/") {
		if level = plaintext.OneLine(strings.ReplaceAll(level, slash, "/")); level != "" {
			levels = append(levels, level)
		}
	}
	if len(levels) > 0 && moodleContext.MatchString(levels[0]) {
		levels = levels[1:]
	}
	if len(levels) > 1 && levels[0] == "top" {
		levels = levels[1:]
	}
	return levels
}

// title makes the title of the set, and tags, of the categories of its questions.
func (r *reader) title() {
	common := r.first
	if len(r.categories) > 0 {
		common = r.categories[0]
	}
	for _, category := range r.categories {
		same := 0
		for same < len(common) && same < len(category) && common[same] == category[same] {
			same++
		}
		common = common[:same]
	}
	if len(common) > 0 {
		title := common[len(common)-1]
		r.doc.Set.Title = plaintext.Said(plaintext.Clip(title, plaintext.MaxTitle))
		r.doc.Problems.Add(formats.Note, r.firstAt, "", "format.gift.category_title", "Title", title)
	}
	told := map[string]bool{}
	for i, category := range r.categories {
		q := r.doc.Set.GetQuestions()[i]
		for _, level := range category[len(common):] {
			tag := plaintext.Clip(level, plaintext.MaxTag)
			if slices.Contains(q.GetTags(), tag) {
				continue
			}
			if len(q.GetTags()) == plaintext.MaxTags {
				r.doc.Problems.Add(formats.Warning, r.doc.Places[i], plaintext.Name(q, formats.Unknown), "format.gift.tag_lost",
					"Tag", tag, "Max", plaintext.MaxTags)
				continue
			}
			q.Tags = append(q.Tags, tag)
			if !told[level] {
				told[level] = true
				r.doc.Problems.Add(formats.Note, r.doc.Places[i], "", "format.gift.category_tag", "Category", level, "Tag", tag)
			}
		}
	}
}
