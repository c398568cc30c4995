// Package library turns teachers' files into sets and back. It finds out a file's format,
// reads it, recognises the questions that were there before, brings translations together,
// and tells what changes. It keeps nothing and writes nothing.
package library

import (
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
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

// File is a file that was read. It can be loaded more than once.
type File struct {
	Format   string              // one of Formats; empty where it was not found out
	Document *formats.Document   // what it says; not to be changed
	Unread   *formats.Unreadable // why it says nothing; nil where it was read

	format  *format
	options Options
}

// Read finds out the format and reads a file. The error is an *UnknownFormat, where
// Options.Format is none, or ctx's. What is wrong with the file itself is told by Load.
func Read(ctx context.Context, data []byte, o Options) (*File, error) {
	f := &File{Document: &formats.Document{}, options: o}
	if o.Format == "" {
		f.format, f.Unread = detect(o.File, data)
	} else if f.format = find(o.Format); f.format == nil {
		return nil, &UnknownFormat{Format: o.Format}
	}
	if f.Unread == nil {
		f.Format = f.format.name
		f.read(ctx, data)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// read has the format's reader read the file.
func (f *File) read(ctx context.Context, data []byte) {
	if len(data) > formats.MaxFile {
		f.Unread = &formats.Unreadable{ID: "library.too_large", Args: map[string]any{"Limit": formats.MaxFile >> 20}}
		return
	}
	document, err := f.format.read(ctx, data)
	if err == nil {
		document.Pack()
		f.Document = document
		return
	}
	unread, ok := errors.AsType[*formats.Unreadable](err)
	if !ok { // readers promise that it is one
		unread = &formats.Unreadable{ID: "library.unreadable", Args: map[string]any{"Reason": err.Error()}}
	}
	f.Unread = unread
}

// ID of the set that the file is to be loaded into: the one that was asked for, the file's
// own, or one made of its name.
func (f *File) ID() string {
	return cmp.Or(f.options.Set, f.Document.Set.GetId(), slug(f.baseName(), maxSlug), "set")
}

// baseName is the file's name without its folder and its extension.
func (f *File) baseName() string {
	name := path.Base(strings.ReplaceAll(f.options.File, `\`, "/"))
	if name == "." || name == "/" {
		return ""
	}
	return strings.TrimSuffix(name, path.Ext(name))
}

// Export writes a set as a file, in languages, the main one first; none: all where the
// format can hold several, else the set's first. Media need their data. The problems are
// what the format cannot say; the error is an *UnknownFormat or one of w.
func Export(w io.Writer, set *aulav1.QuestionSet, format string, languages []string) (formats.Problems, error) {
	f := find(format)
	if f == nil {
		return nil, &UnknownFormat{Format: format}
	}
	if len(languages) == 0 {
		languages = languagesOf(set)
		if f.languages == one {
			languages = languages[:min(1, len(languages))]
		}
	}
	return f.write(w, set, languages)
}

// Load brings the file together with what the set says now: its authored source, nil where
// there is no such set. Neither is changed, but the result shares questions with both: it
// must not be changed either. The error is ctx's.
func (f *File) Load(ctx context.Context, current *packed.Set, words questions.Words) (*Result, error) {
	result := f.load(ctx, current, words)
	if err := ctx.Err(); err != nil { // the result may be half of one
		return nil, err
	}
	return result, nil
}

func (f *File) load(ctx context.Context, current *packed.Set, words questions.Words) *Result {
	l := &loading{file: f, words: words, problems: slices.Clone(f.Document.Problems)}
	if current != nil {
		l.current, l.old = current.Head, current.Questions
	}
	if f.Unread != nil {
		l.problems = append(l.problems, formats.Problem{
			Severity: formats.Error, Place: f.Unread.Place, ID: f.Unread.ID, Args: f.Unread.Args,
		})
		return l.refuse()
	}
	if !l.settle() {
		return l.refuse()
	}
	if f.options.Translate {
		l.translate(ctx)
	} else if l.revise(ctx); l.stranger() {
		l.note(formats.Error, -1, "library.same_name", "Set", f.ID(), "File", f.options.File)
		return l.refuse()
	}
	l.takeMedia()
	return l.finish(ctx)
}

// stranger reports whether only its name leads the file to a set that is there, none of
// whose questions it has: everybody has a quiz.gift.
func (l *loading) stranger() bool {
	if l.options().Set != "" || l.file.Document.Set.GetId() != "" || len(l.old) == 0 {
		return false
	}
	return !slices.ContainsFunc(l.entries, func(e entry) bool { return e.at >= 0 && e.was >= 0 })
}
