package native

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// step is one step of a path: into a field or a language, or where that has no name, to
// an element of a list.
type step struct {
	name  string
	index int
}

// pathString writes a path such as choice.options[2].text.es.
func pathString(path []step) string {
	var b strings.Builder
	for _, s := range path {
		switch {
		case s.name == "":
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case b.Len() > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// parsePath reads a path as pathString writes it, or questions.Problem:
// `questions[3] "bases-ban": numeric.tolerance`. Remarks between the steps are passed over.
func parsePath(path string) []step {
	var steps []step
	for path != "" {
		switch c := path[0]; {
		case c == '"':
			quote, err := strconv.QuotedPrefix(path)
			if err != nil {
				return steps
			}
			path = path[len(quote):]
		case c == '[':
			inside, rest, _ := strings.Cut(path[1:], "]")
			if i, err := strconv.Atoi(inside); err == nil && i >= 0 {
				steps = append(steps, step{index: i})
			} else if key, err := strconv.Unquote(inside); err == nil && key != "" {
				steps = append(steps, step{name: key})
			}
			path = rest
		case strings.IndexByte(". :", c) >= 0:
			path = path[1:]
		default:
			end := strings.IndexAny(path, ". :[\"")
			if end < 0 {
				end = len(path)
			}
			steps = append(steps, step{name: path[:end]})
			path = path[end:]
		}
	}
	return steps
}

// camel writes a field's name as JSON does: time_limit is timeLimit.
func camel(name string) string {
	if strings.IndexByte(name, '_') < 0 {
		return name
	}
	var b strings.Builder
	upper := false
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			upper = true
			continue
		case upper && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		upper = false
		b.WriteByte(c)
	}
	return b.String()
}

// shorten keeps what a file says from filling a report. The result does not hold on to the
// file's memory.
func shorten(text string) string {
	const most = 60
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return strings.Clone(text)
}

var labelled = regexp.MustCompile(`(?m)^[\s{-]*["']?(id|name|key)["']?:\s*["']?([^"',}\n]+)`)

// labelIn is what the author knows a question by whose text cannot be read, and its id or
// its key.
func labelIn(text string) (label, key string) {
	said := map[string]string{}
	for _, found := range labelled.FindAllStringSubmatch(text[:min(len(text), 2000)], -1) {
		if said[found[1]] == "" {
			said[found[1]] = strings.TrimSpace(found[2])
		}
		if label == "" && found[1] != "key" {
			label = shorten(said[found[1]])
		}
	}
	return label, strings.Clone(cmp.Or(said["id"], said["key"]))
}
