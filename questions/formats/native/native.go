// Package native reads and writes Aula's own set files: aula.v1.QuestionSet in YAML or JSON.
//
// Questions are read one by one and on all cores. One that is wrong is told with its place,
// and the others are read on.
package native

import (
	"bytes"
	"context"
	"regexp"
	"strings"

	"aula/questions/formats"
)

var (
	yamlField = regexp.MustCompile(`(?m)^["']?(id|title|description|language|sources|facts|questions|media|certainty)["']?:(\s|$)`)
	jsonField = regexp.MustCompile(`^\s*\{\s*"(id|title|description|language|sources|facts|questions|media|certainty|stale)"\s*:`)
	jsonList  = regexp.MustCompile(`"(questions|facts)"\s*:\s*\[`)
)

// Detect tells how surely a file is a native one, from 0 to 100.
func Detect(name string, head []byte) int { return max(DetectYAML(name, head), DetectJSON(name, head)) }

// DetectYAML tells how surely a file is a set in YAML, from 0 to 100.
func DetectYAML(name string, head []byte) int {
	text, _, err := formats.Text(head[:len(head)&^1]) // whole units of UTF-16
	if err != nil || isJSON(text) {
		return 0
	}
	score := 0
	if ext := extension(name); ext == "yaml" || ext == "yml" {
		score = 20
	}
	found := map[string]bool{}
	for _, m := range yamlField.FindAllStringSubmatch(text, 50) {
		found[m[1]] = true
	}
	if found["questions"] || found["facts"] {
		score += 20
	}
	return min(score+20*len(found), 95)
}

// DetectJSON tells how surely a file is a set in JSON, from 0 to 100.
func DetectJSON(name string, head []byte) int {
	text, _, err := formats.Text(head[:len(head)&^1])
	if err != nil || !isJSON(text) {
		return 0
	}
	score := 10
	if extension(name) == "json" {
		score = 20
	}
	if jsonField.MatchString(text) {
		score += 40
	}
	if jsonList.MatchString(text) {
		score += 35
	}
	return score
}

func extension(name string) string {
	return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
}

// isJSON reports whether a text begins as a JSON object.
func isJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	if !strings.HasPrefix(text, "{") {
		return false
	}
	text = strings.TrimLeft(text[1:], " \t\r\n")
	return text == "" || text[0] == '"' || text[0] == '}'
}

// Read reads a set in either. The error is an *formats.Unreadable or ctx's.
func Read(ctx context.Context, data []byte) (*formats.Document, error) {
	if isJSON(string(data[:min(len(data), 4096)])) || bytes.HasPrefix(data, []byte("\uFEFF{")) {
		return ReadJSON(ctx, data)
	}
	return ReadYAML(ctx, data)
}

// ReadYAML reads a set in YAML. The error is an *formats.Unreadable or ctx's.
func ReadYAML(ctx context.Context, data []byte) (*formats.Document, error) {
	r, err := newReader(ctx, data)
	if err != nil {
		return nil, err
	}
	if strings.Contains(r.text, "\r\n") {
		r.text = strings.ReplaceAll(r.text, "\r\n", "\n") // lines and columns stay
	}
	return r.finish(r.yaml())
}

// ReadJSON reads a set in JSON. The error is an *formats.Unreadable or ctx's.
func ReadJSON(ctx context.Context, data []byte) (*formats.Document, error) {
	r, err := newReader(ctx, data)
	if err != nil {
		return nil, err
	}
	return r.finish(r.json())
}
