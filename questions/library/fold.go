package library

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"aula/proto/packed"
)

// maxSlug is how long an id is made, which leaves room for a number behind it.
const maxSlug = 50

// ignored are marks that make no other question of a text.
const ignored = ".,;:!?¡¿\"'“”‘’«»()[]{}_…\\"

// fold makes texts comparable: small letters without accents, words set apart by one space,
// nothing of punctuation.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := false
	for _, r := range norm.NFKD.String(text) {
		switch {
		case isAccent(r):
		case unicode.IsSpace(r) || strings.ContainsRune(ignored, r):
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func isAccent(r rune) bool { return r >= 0x300 && r <= 0x36f }

// spelled are letters that stay when their accents go.
var spelled = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// slug makes an id of a text: up to size letters a to z, digits and hyphens, cut between
// words. It is empty where the text has none of them.
func slug(text string, size int) string {
	var b strings.Builder
	for _, r := range spelled.Replace(strings.ToLower(norm.NFKD.String(text))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case isAccent(r) || r == '\'' || r == '’':
		default:
			b.WriteByte('-')
		}
		if b.Len() > 4*size { // of a long text only the beginning is wanted
			break
		}
	}
	words := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	id := ""
	for _, word := range words {
		switch {
		case id == "":
			id = word[:min(len(word), size)]
		case len(id)+1+len(word) > size:
			return id
		default:
			id += "-" + word
		}
	}
	return id
}

// hashOf is a number that a text always has.
func hashOf(texts ...string) uint64 {
	h := fnv.New64a()
	for _, text := range texts {
		_, _ = h.Write([]byte(text)) // a hash takes everything
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// namer gives ids that nothing else has.
type namer struct {
	used map[string]bool
	next map[string]int // the number to try behind an id
}

// newNamer makes a namer that leaves questions their ids.
func newNamer(lists ...[][]byte) *namer {
	n := &namer{used: map[string]bool{}, next: map[string]int{}}
	for _, wire := range slices.Concat(lists...) {
		n.used[packed.ID(wire)] = true
	}
	return n
}

// name makes an id of the first text that it can be made of.
func (n *namer) name(texts ...string) string {
	base := ""
	for _, text := range texts {
		if base = slug(text, maxSlug); base != "" {
			break
		}
	}
	if base == "" {
		base = fmt.Sprintf("q-%08x", uint32(hashOf(texts...)))
	}
	id := base
	for n.used[id] {
		n.next[base] = max(n.next[base], 1) + 1
		id = fmt.Sprintf("%s-%d", base, n.next[base])
	}
	n.used[id] = true
	return id
}
