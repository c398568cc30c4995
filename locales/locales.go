// Package locales holds every sentence that Aula itself says, one file a language, and
// finds the right one for a caller. A new language is a new file: active.<tag>.json
// with the same ids. (The texts of question sets are not here: they are in the sets.)
package locales

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed active.*.json
var shipped embed.FS

// Bundle is a collection of languages. It is safe for concurrent use.
type Bundle struct {
	locales []*Locale
	matcher language.Matcher
}

// Locale says things in one language.
type Locale struct {
	tag       language.Tag
	localizer *i18n.Localizer
	counted   sync.Map // of a countedText: string
}

// countedText is a sentence about a number of things, told over and over.
type countedText struct {
	id    string
	count int
}

// maxCounted bounds the numbers whose sentences are kept.
const maxCounted = 1000

// Shipped returns the languages that come with Aula.
func Shipped() (*Bundle, error) { return Load(shipped) }

// Load reads every active.<tag>.json at the top of fsys. English must be among them: it
// serves callers whose own language is not, and lends sentences that another lacks.
func Load(fsys fs.FS) (*Bundle, error) {
	files, err := fs.Glob(fsys, "active.*.json")
	if err != nil {
		return nil, err
	}
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, file := range files {
		if _, err := bundle.LoadMessageFileFS(fsys, file); err != nil {
			return nil, fmt.Errorf("locale file %s: %w", file, err)
		}
	}
	b := &Bundle{matcher: language.NewMatcher(bundle.LanguageTags())}
	for _, tag := range bundle.LanguageTags() {
		b.locales = append(b.locales, &Locale{tag: tag, localizer: i18n.NewLocalizer(bundle, tag.String())})
	}
	return b, nil
}

// Match returns the locale closest to those asked for, best first, or English.
func (b *Bundle) Match(asked ...language.Tag) *Locale {
	_, i, _ := b.matcher.Match(asked...)
	return b.locales[i]
}

// Tag returns the language of the locale.
func (l *Locale) Tag() language.Tag { return l.tag }

// Text returns the sentence of that id with its arguments filled in; the argument Count
// chooses the plural form. An id that no file has comes back as it is: a test keeps
// that from happening.
func (l *Locale) Text(id string, args map[string]any) string {
	text, _ := l.TextIn(id, args)
	return text
}

// Counted is Text for a sentence whose one argument is Count. It keeps what it has said:
// to fill in a plural takes several microseconds.
func (l *Locale) Counted(id string, count int) string {
	said := countedText{id, count}
	if text, ok := l.counted.Load(said); ok {
		return text.(string) //nolint:errcheck // nothing else is stored
	}
	text := l.Text(id, map[string]any{"Count": count})
	if count >= 0 && count <= maxCounted {
		l.counted.Store(said, text)
	}
	return text
}

// TextIn is Text that also tells the language of the sentence: English where the locale
// lacks it.
func (l *Locale) TextIn(id string, args map[string]any) (string, language.Tag) {
	text, tag, err := l.localizer.LocalizeWithTag(&i18n.LocalizeConfig{
		MessageID:    id,
		TemplateData: args,
		PluralCount:  args["Count"],
	})
	if err != nil && text == "" {
		return id, language.Und
	}
	return text, tag
}

// Words returns the words a language (BCP 47) has for a thing, such as "percent"; none
// where Aula does not know them.
func (b *Bundle) Words(lang, id string) []string {
	tag := language.Make(lang)
	words, spoken := b.Match(tag).TextIn("words."+id, nil)
	base, _ := spoken.Base()
	if asked, _ := tag.Base(); asked != base {
		return nil
	}
	return strings.Split(words, "|")
}
