package library

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// kinds are the types of media that apps can show, by what their content is taken for.
var kinds = map[string]string{
	"image/png": "image/png", "image/jpeg": "image/jpeg", "image/gif": "image/gif", "image/webp": "image/webp",
	"image/avif": "image/avif", "audio/mpeg": "audio/mpeg", "audio/ogg": "audio/ogg", "application/ogg": "audio/ogg",
	"audio/wav": "audio/wav", "audio/aac": "audio/aac", "audio/flac": "audio/flac", "audio/mp4": "audio/mp4",
	"audio/x-m4a": "audio/mp4", "video/mp4": "video/mp4", "video/webm": "video/webm",
}

// takeMedia gives the new set its media, without their data, and what there is to say of them.
func (l *loading) takeMedia() {
	l.media = map[string][]byte{}
	if l.options().Translate {
		l.describeMedia()
	} else {
		for i, m := range l.file.Document.Set.GetMedia() {
			if taken := l.take(i, m); taken != nil {
				l.set.Media = append(l.set.Media, taken)
			}
		}
		if l.file.format.languages != all {
			l.keepMedia()
		}
		l.keepShown()
		l.markMedia()
	}
	l.warnOfMedia()
}

// take gives a medium of the document as it is kept, or nil where it is refused.
func (l *loading) take(i int, m *aulav1.Media) *aulav1.Media {
	refuse := func(id string, args ...any) *aulav1.Media {
		at := formats.Place{Element: fmt.Sprintf("media[%d] %q", i, m.GetId())}
		l.problems.Add(formats.Error, at, "", id, append(args, "Media", m.GetId())...)
		return nil
	}
	kept := l.described(m)
	switch {
	case len(m.GetData()) > formats.MaxMedia:
		return refuse("library.media_too_large", "Limit", formats.MaxMedia>>20)
	case len(m.GetData()) > 0:
		kind := mimetype.Detect(m.GetData())
		if kind.Is("image/svg+xml") {
			return refuse("library.media_svg")
		}
		name, _, _ := strings.Cut(kind.String(), ";")
		if kinds[name] == "" {
			return refuse("library.media_kind", "Type", name)
		}
		digest := sha256.Sum256(m.GetData())
		kept.Digest, kept.ContentType = hex.EncodeToString(digest[:]), kinds[name]
		l.media[kept.GetDigest()] = m.GetData()
	case m.GetDigest() != "":
		known := l.known(func(c *aulav1.Media) bool { return c.GetDigest() == m.GetDigest() })
		if known == nil {
			return refuse("library.media_without_content")
		}
		kept.ContentType = known.GetContentType()
	}
	return kept
}

// described is a medium without its data, and with what it shows under the language that was
// found out.
func (l *loading) described(m *aulav1.Media) *aulav1.Media {
	kept := &aulav1.Media{Id: m.GetId(), Uri: m.GetUri(), ContentType: m.GetContentType(), Digest: m.GetDigest(), Stale: m.GetStale()}
	if len(m.GetAlt()) == 0 {
		return kept
	}
	kept.Alt = make(map[string]string, len(m.GetAlt()))
	for lang, alt := range m.GetAlt() {
		if lang == formats.Unknown && l.lang != "" {
			lang = l.lang
		}
		kept.Alt[lang] = alt
	}
	return kept
}

// known gives a medium of the current set, or nil.
func (l *loading) known(wanted func(*aulav1.Media) bool) *aulav1.Media {
	i := slices.IndexFunc(l.current.GetMedia(), wanted)
	if i < 0 {
		return nil
	}
	return l.current.GetMedia()[i]
}

// keepMedia keeps what the current set says of media in other languages.
func (l *loading) keepMedia() {
	others := l.others(languagesOf(l.current))
	for _, m := range l.set.GetMedia() {
		if was := l.counterpart(m); was != nil {
			mergeTexts(m.ProtoReflect(), was.ProtoReflect(), others, l.in)
		}
	}
}

// keepShown keeps the media of which the file says nothing and that questions still show: all
// of them or, of a file that says all there is, those that it could not be read of.
func (l *loading) keepShown() {
	if len(l.current.GetMedia()) == 0 {
		return
	}
	there, shown := byID(l.set.GetMedia()), map[string]bool{}
	for i := range l.questions {
		if l.entries[i].at >= 0 && l.file.format.languages == all {
			continue
		}
		for _, id := range l.question(i).GetMedia() {
			shown[id] = true
		}
	}
	for _, m := range l.current.GetMedia() {
		if shown[m.GetId()] && there[m.GetId()] == nil {
			l.set.Media = append(l.set.Media, proto.CloneOf(m))
		}
	}
}

// counterpart gives what shows the same in the current set, under the same id if there is such
// a one, or nil.
func (l *loading) counterpart(m *aulav1.Media) *aulav1.Media {
	return cmp.Or(
		l.known(func(c *aulav1.Media) bool { return c.GetId() == m.GetId() && sameMedia(c, m) }),
		l.known(func(c *aulav1.Media) bool { return sameMedia(c, m) }),
	)
}

// sameMedia reports whether two media are the same picture or sound.
func sameMedia(a, b *aulav1.Media) bool {
	if a.GetDigest() != "" || b.GetDigest() != "" {
		return a.GetDigest() == b.GetDigest()
	}
	return a.GetUri() == b.GetUri()
}

// describeMedia puts a translation's words for what media show into the set.
func (l *loading) describeMedia() {
	for _, m := range l.current.GetMedia() {
		l.set.Media = append(l.set.Media, proto.CloneOf(m))
	}
	for _, m := range l.file.Document.Set.GetMedia() {
		m, data := l.described(m), m.GetData()
		if len(data) > 0 {
			digest := sha256.Sum256(data)
			m.Digest = hex.EncodeToString(digest[:])
		}
		for _, to := range l.set.GetMedia() {
			if sameMedia(m, to) {
				for _, lang := range l.in {
					t := translation{lang: lang, replace: l.options().Replace}
					was := to.GetAlt()[lang]
					t.put(to.ProtoReflect(), m.ProtoReflect())
					to.Stale = t.stale(to.GetStale(), to.GetAlt()[lang] != was, m.GetAlt()[lang] != "")
				}
			}
		}
	}
}

// fewMedia is how many media without a description are told one by one.
const fewMedia = 20

// warnOfMedia warns of media that some learners get no description of.
func (l *loading) warnOfMedia() {
	languages := languagesOf(l.set)
	var lacking []formats.Problem
	for i, m := range l.set.GetMedia() {
		var without []string
		for _, lang := range languages {
			if m.GetAlt()[lang] == "" {
				without = append(without, lang)
			}
		}
		if len(without) > 0 {
			lacking = append(lacking, formats.Problem{
				Severity: formats.Warning, Place: formats.Place{Element: fmt.Sprintf("media[%d] %q", i, m.GetId())},
				ID: "library.media_without_alt", Args: map[string]any{"Media": m.GetId(), "Languages": strings.Join(without, ", ")},
			})
		}
	}
	if len(lacking) > fewMedia {
		l.note(formats.Warning, -1, "library.many_media_without_alt", "Count", len(lacking))
		return
	}
	l.problems = append(l.problems, lacking...)
}
