package moodle

import (
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// category is where a question stands in Moodle's question bank.
type category struct {
	path  []string // as written, with marks of languages
	info  rich
	place formats.Place
}

// enter makes a category that of the questions that follow.
func (r *reader) enter(t *task) {
	r.category = &category{info: t.source.Info, place: t.place}
	for _, name := range splitPath(t.source.Category.Text.string()) {
		if name = ownName(name); name != "" {
			r.category.path = append(r.category.path, name)
		}
	}
}

// splitPath cuts a path at its slashes, of which two are one in a name.
func splitPath(path string) (names []string) {
	const slash = "\x00" // no XML has one
	for name := range strings.SplitSeq(strings.ReplaceAll(path, "//", slash), "/") {
		names = append(names, strings.TrimSpace(strings.ReplaceAll(name, slash, "/")))
	}
	return names
}

// ownName gives what the author calls a category: nothing where Moodle names the context,
// and without what Moodle puts before the name of a course.
func ownName(name string) string {
	if name == "top" || strings.HasPrefix(name, "$") && strings.HasSuffix(name, "$") {
		return ""
	}
	for _, usual := range []string{"Default for ", "Por defecto en ", "Valor por defecto para ", "Predeterminado para "} {
		name = strings.TrimPrefix(name, usual)
	}
	return strings.TrimSpace(name)
}

// finish makes of the categories a title and tags.
func (r *reader) finish() {
	common := r.commonPath()
	if len(common) > 0 {
		r.title(common)
	}
	tagged := 0
	for i, c := range r.categories {
		t := &task{reader: r, place: r.doc.Places[i], source: &question{}, q: r.doc.Set.GetQuestions()[i]}
		below := c.path[len(common):]
		for _, name := range below {
			t.tag(firstLanguage(name))
		}
		if len(below) > 0 {
			tagged++
		}
	}
	if tagged > 0 {
		r.doc.Problems.Add(formats.Note, formats.Place{}, "", "format.moodle.category_tags", "Count", tagged)
	}
}

// commonPath is the path that the categories of all questions begin with.
func (r *reader) commonPath() []string {
	if len(r.categories) == 0 {
		return nil
	}
	common := r.categories[0].path
	for _, c := range r.categories[1:] {
		n := 0
		for n < len(common) && n < len(c.path) && common[n] == c.path[n] {
			n++
		}
		common = common[:n]
	}
	return common
}

func (r *reader) title(path []string) {
	name, first := path[len(path)-1], r.categories[0]
	info := ""
	if slices.Equal(first.path, path) {
		info = first.info.Text.string()
	}
	languages := languagesIn(name, info)
	r.doc.Set.Title = map[string]string{}
	for lang, text := range split(name, languages) {
		if text = cut(markup.HTMLText(text), maxTitle); text != "" {
			r.doc.Set.Title[lang] = text
		}
	}
	t := &task{reader: r, place: first.place, languages: languages, source: &question{}, q: &aulav1.Question{}}
	r.doc.Set.Description = t.feedbackIn(split(info, languages), first.info.Format)
	r.doc.Problems.Add(formats.Note, first.place, "", "format.moodle.category_title", "Title", anyText(r.doc.Set.GetTitle()))
}

const maxTitle = 200 // runes

// firstLanguage gives a text without marks in one of its languages.
func firstLanguage(source string) string {
	languages := languagesIn(source)
	return markup.HTMLText(split(source, languages)[languages[0]])
}
