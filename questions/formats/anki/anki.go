// Package anki reads and writes the files of Anki: packages (.apkg, and .colpkg of a whole
// collection), which hold an SQLite database and media, and the text files that Anki
// exports notes to.
//
// A note has fields and a type; the type's templates make one or several cards of them.
// Every card becomes a question: one whose front asks to type a text_entry, any other a
// card. The cards of a cloze note become one cloze question, as long as all that is deleted
// can be typed. What Anki knows of a learner's progress stays behind.
//
// Reading takes, whatever the file says, no more memory than the file, its media
// (formats.MaxUnpacked), what becomes of the notes, and 128 MiB.
package anki

import (
	"bytes"
	"path"
	"strings"
)

// How sure a format is, from 0 to 100.
const (
	certain = 95
	headed  = 90 // a text with a header of Anki's
	named   = 60 // by the name only
	rows    = 25 // rows of cells, as other programs write them too
)

var zipMark = []byte("PK\x03\x04")

// collections are the names of the database within a package, by the version of the package.
var collections = [...]string{1: "collection.anki2", 2: "collection.anki21", 3: "collection.anki21b"}

// DetectPackage tells how likely a file is an Anki package, 0 to 100. head is the file or
// its beginning.
func DetectPackage(name string, head []byte) int {
	ext := strings.ToLower(path.Ext(name))
	switch ours := ext == ".apkg" || ext == ".colpkg"; {
	case !bytes.HasPrefix(head, zipMark) && ours:
		return named // cut short or damaged: it is for ReadPackage to say so
	case !bytes.HasPrefix(head, zipMark):
		return 0
	case ours, bytes.Contains(head, []byte(collections[1])):
		return certain
	}
	return 0
}
