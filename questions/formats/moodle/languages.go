package moodle

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"aula/questions/formats"
)

// other is the language of what {mlang other} holds: whatever has no text of its own.
const other = "other"

// run is a piece of a text, in some languages or, without any, in all.
type run struct {
	languages []string // BCP 47, or other
	text      string
}

var (
	spanTag = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)</?span\b[^>]*>`)
	})
	spanLang = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\blang\s*=\s*["']?([a-z0-9_-]+)`)
	})
	spanClass = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\bclass\s*=\s*["']?[^"'>]*\bmultilang\b`)
	})
	mlangTag = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)\{\s*mlang(?:\s+([a-z0-9_,\s-]+?))?\s*\}`)
	})
)

// runs cuts a text at the marks of Moodle's two filters for languages: spans of the class
// multilang, and {mlang es}…{mlang}.
func runs(source string) []run {
	var all []run
	for _, r := range mlangRuns(source) {
		if len(r.languages) > 0 {
			all = append(all, r)
		} else {
			all = append(all, spanRuns(r.text)...)
		}
	}
	return all
}

func mlangRuns(source string) (all []run) {
	if !strings.Contains(source, "mlang") {
		return []run{{text: source}}
	}
	var open []string
	from := 0
	tags := mlangTag().FindAllStringSubmatchIndex(source, -1)
	for i, tag := range tags {
		text := source[from:tag[0]]
		named := tag[2] >= 0
		if named && len(open) == 0 && i == len(tags)-1 {
			break // never closed: Moodle shows it as it is
		}
		if text != "" {
			all = append(all, run{open, text})
		}
		open = nil
		if named {
			open = mlangLanguages(source[tag[2]:tag[3]])
		}
		from = tag[1]
	}
	if from < len(source) {
		all = append(all, run{open, source[from:]})
	}
	return all
}

// mlangLanguages reads the languages that {mlang es,en} names.
func mlangLanguages(names string) (languages []string) {
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name == other {
			languages = append(languages, other)
		} else if tag := tagOf(name); tag != "" {
			languages = append(languages, tag)
		}
	}
	return languages
}

func spanRuns(source string) (all []run) {
	if !strings.Contains(source, "multilang") {
		return []run{{text: source}}
	}
	from, begin, depth := 0, 0, 0
	lang := ""
	for _, tag := range spanTag().FindAllStringIndex(source, -1) {
		written := source[tag[0]:tag[1]]
		switch {
		case lang == "":
			lang = spanLanguage(written)
			if lang == "" {
				continue
			}
			// White space between two languages belongs to neither.
			before := source[from:tag[0]]
			if len(all) > 0 && len(all[len(all)-1].languages) > 0 && strings.TrimSpace(before) == "" {
				before = ""
			}
			if before != "" {
				all = append(all, run{text: before})
			}
			begin, depth = tag[1], 1
		case strings.HasPrefix(written, "</"):
			if depth--; depth == 0 {
				all = append(all, run{[]string{lang}, source[begin:tag[0]]})
				lang, from = "", tag[1]
			}
		default:
			depth++
		}
	}
	if lang != "" { // the span has no end
		return append(all, run{[]string{lang}, source[begin:]})
	}
	if from < len(source) {
		all = append(all, run{text: source[from:]})
	}
	return all
}

func spanLanguage(tag string) string {
	if !spanClass().MatchString(tag) {
		return ""
	}
	named := spanLang().FindStringSubmatch(tag)
	if named == nil {
		return ""
	}
	return tagOf(named[1])
}

// tagOf gives the BCP 47 tag of a language as Moodle names it, such as es_mx; "" for what is
// none. Moodle's variants for schools, such as en_us_k12, are the language itself.
func tagOf(name string) string {
	for name = strings.ReplaceAll(name, "_", "-"); name != ""; {
		if tag, err := language.Parse(name); err == nil && tag != language.Und {
			return tag.String()
		}
		cut := strings.LastIndexByte(name, '-')
		if cut < 0 {
			break
		}
		name = name[:cut]
	}
	return ""
}

// languagesIn lists the languages that texts have parts in, or formats.Unknown.
func languagesIn(texts ...string) []string {
	seen := map[string]bool{}
	for _, source := range texts {
		if !strings.Contains(source, "lang") { // as most
			continue
		}
		for _, r := range runs(source) {
			for _, lang := range r.languages {
				if lang != other {
					seen[lang] = true
				}
			}
		}
	}
	if len(seen) == 0 {
		return []string{formats.Unknown}
	}
	return slices.Sorted(maps.Keys(seen))
}

// split gives a text in each of the languages: what is marked as theirs or as nobody's, and
// what is marked as other where nothing was theirs. A language that a text with marks says
// nothing in is left out.
func split(source string, languages []string) map[string]string {
	texts := make(map[string]string, len(languages))
	if !strings.Contains(source, "lang") {
		for _, lang := range languages {
			texts[lang] = source
		}
		return texts
	}
	all := runs(source)
	marked := slices.ContainsFunc(all, func(r run) bool { return len(r.languages) > 0 })
	for _, lang := range languages {
		var b strings.Builder
		found := false
		for _, r := range all {
			theirs := slices.Contains(r.languages, lang)
			found = found || theirs
			if theirs || len(r.languages) == 0 || !found && slices.Contains(r.languages, other) {
				found = found || slices.Contains(r.languages, other)
				b.WriteString(r.text)
			}
		}
		if found || !marked {
			texts[lang] = b.String()
		}
	}
	return texts
}
