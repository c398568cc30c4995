package library

import (
	"context"
	"io"
	"slices"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/aiken"
	"aula/questions/formats/anki"
	"aula/questions/formats/gift"
	"aula/questions/formats/moodle"
	"aula/questions/formats/native"
	"aula/questions/formats/quizlet"
	"aula/questions/formats/sheet"
)

// held is how many languages a file of a format holds.
type held int

const (
	one     held = iota // texts are under formats.Unknown, or marked one by one
	several             // those that its author wanted
	all                 // what it does not hold is not in the set
)

// format is a way to write sets down. What it cannot say of a question that was there before
// is kept when a file of that format is loaded.
type format struct {
	name, extension, contentType string

	detect    func(name string, head []byte) int
	read      func(ctx context.Context, data []byte) (*formats.Document, error)
	write     func(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error)
	languages held
	facts     bool     // whether it holds facts, or {value} in their place
	says      []string // the optional fields of Question that it has a place for
}

// optional are the fields of Question that a format may have no place for.
var optional = []string{
	"fact", "explanation", "points", "time_limit", "hints", "tries", "penalty", "difficulty", "tags", "media", "name", "key",
	"exam_only",
}

// table lists the formats, the most telling first.
var table = []*format{
	{
		name: "yaml", extension: ".yaml", contentType: "application/yaml",
		detect: native.DetectYAML, read: native.ReadYAML, write: native.WriteYAML, languages: all, facts: true,
		says: optional,
	},
	{
		name: "json", extension: ".json", contentType: "application/json",
		detect: native.DetectJSON, read: native.ReadJSON, write: native.WriteJSON, languages: all, facts: true,
		says: optional,
	},
	{
		name: "csv", extension: ".csv", contentType: "text/csv; charset=utf-8",
		detect: sheet.DetectCSV, read: sheet.ReadCSV, write: sheet.WriteCSV, languages: several, facts: true,
		says: []string{"explanation", "points", "time_limit", "hints", "tries", "difficulty", "tags", "name", "key", "exam_only"},
	},
	{
		name: "tsv", extension: ".tsv", contentType: "text/tab-separated-values; charset=utf-8",
		detect: sheet.DetectTSV, read: sheet.ReadTSV, write: sheet.WriteTSV, languages: several, facts: true,
		says: []string{"explanation", "points", "time_limit", "hints", "tries", "difficulty", "tags", "name", "key", "exam_only"},
	},
	{
		name: "xlsx", extension: ".xlsx", contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		detect: sheet.DetectXLSX, read: sheet.ReadXLSX, write: sheet.WriteXLSX, languages: several, facts: true,
		says: []string{"explanation", "points", "time_limit", "hints", "tries", "difficulty", "tags", "name", "key", "exam_only"},
	},
	{
		name: "moodle", extension: ".xml", contentType: "application/xml",
		detect: moodle.Detect, read: moodle.Read, write: moodle.Write, languages: several,
		says: []string{"explanation", "points", "hints", "tries", "penalty", "tags", "media", "name", "key"},
	},
	{
		name: "gift", extension: ".gift", contentType: "text/plain; charset=utf-8",
		detect: gift.Detect, read: gift.Read, write: gift.Write, languages: one,
		says: []string{"explanation", "tags", "name", "key"},
	},
	{
		name: "aiken", extension: ".txt", contentType: "text/plain; charset=utf-8",
		detect: aiken.Detect, read: aiken.Read, write: aiken.Write, languages: one,
	},
	{
		name: "anki", extension: ".apkg", contentType: "application/octet-stream",
		detect: anki.DetectPackage, read: anki.ReadPackage, write: anki.WritePackage, languages: one,
		says: []string{"tags", "media", "key"},
	},
	{
		name: "anki-text", extension: ".txt", contentType: "text/plain; charset=utf-8",
		detect: anki.DetectText, read: anki.ReadText, write: anki.WriteText, languages: one,
		says: []string{"tags", "key"},
	},
	{
		name: "quizlet", extension: ".txt", contentType: "text/plain; charset=utf-8",
		detect: quizlet.Detect, read: quizlet.Read, write: quizlet.Write, languages: one,
	},
}

// find gives the format of that name, or nil where there is none.
func find(name string) *format {
	i := slices.IndexFunc(table, func(f *format) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return table[i]
}

// Formats lists the formats, the most telling first.
func Formats() []string {
	names := make([]string, len(table))
	for i, f := range table {
		names[i] = f.name
	}
	return names
}

// HoldsFacts reports whether a format can say what a set says by its facts. For the others a
// set is expanded before it is exported.
func HoldsFacts(format string) bool {
	f := find(format)
	return f != nil && f.facts
}

// HoldsMedia reports whether a format can hold pictures and sounds.
func HoldsMedia(format string) bool {
	f := find(format)
	return f != nil && slices.Contains(f.says, "media")
}

// Extension is what the names of a format's files end in, with its dot; empty for no format.
func Extension(format string) string {
	if f := find(format); f != nil {
		return f.extension
	}
	return ""
}

// ContentType is a format's media type; empty for no format.
func ContentType(format string) string {
	if f := find(format); f != nil {
		return f.contentType
	}
	return ""
}

// UnknownFormat is returned for a format that Aula does not know.
type UnknownFormat struct{ Format string }

func (e *UnknownFormat) Error() string { return "unknown format " + e.Format }
