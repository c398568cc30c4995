package anki

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/encoding/protowire"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// Limits on the list of media.
const (
	maxMediaList = 8 << 20 // bytes
	maxMediaID   = 64
	maxMediaAlt  = 1000
	maxURI       = 2000
	maxMedia     = 10_000 // in a set
)

// remoteTypes are the types of what lies on the web, which its name has to tell.
var remoteTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
	".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".mp4": "video/mp4", ".webm": "video/webm",
}

// media are the pictures and sounds of a package. Those that questions show become media of
// the set.
type media struct {
	archive *archive                 // nil where there is none, as in texts
	members map[string]string        // by file name
	taken   map[string]*aulav1.Media // by file name; nil where there is something wrong with it
	ids     map[string]bool
}

// media reads the list of media. A damaged one leaves questions without them. The error is a
// *formats.Unreadable.
func (a *archive) media(doc *formats.Document) (media, error) {
	m := media{archive: a}
	list, err := a.read("media", maxMediaList)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil
	case errors.Is(err, errTooLarge):
		return m, &formats.Unreadable{ID: "format.anki.too_large"}
	case err == nil && a.zstd:
		m.members = parseMediaEntries(list)
	case err == nil:
		m.members, err = parseMediaMap(list)
	}
	if err != nil {
		doc.Problems.Add(formats.Warning, formats.Place{}, "", "format.anki.bad_media_list")
	}
	for _, name := range slices.Sorted(maps.Keys(m.members)) {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			delete(m.members, name)
			doc.Problems.Add(formats.Warning, formats.Place{}, "", "format.anki.unsafe_media", "Name", shorten(name))
		}
	}
	return m, nil
}

// parseMediaMap reads the list of older packages: the files' names by the members'.
func parseMediaMap(list []byte) (map[string]string, error) {
	var names map[string]string
	if err := json.Unmarshal(list, &names); err != nil {
		return nil, err
	}
	members := make(map[string]string, len(names))
	for member, name := range names {
		if _, err := strconv.ParseUint(member, 10, 32); err == nil {
			members[norm.NFC.String(name)] = member
		}
	}
	return members, nil
}

// parseMediaEntries reads the list of newer packages: the members are called by the places
// of the files in it.
func parseMediaEntries(list []byte) map[string]string {
	members := map[string]string{}
	count := 0
	eachField(list, func(number protowire.Number, _ uint64, entry []byte) {
		if number == 1 {
			members[norm.NFC.String(string(bytesField(entry, 1)))] = strconv.Itoa(count)
			count++
		}
	})
	return members
}

// show gives the ids of what a front shows, and takes the media into the set.
func (s *source) show(found []shown) (ids []string) {
	for _, one := range found {
		m := s.medium(one)
		switch {
		case m == nil || slices.Contains(ids, m.GetId()):
			continue
		case len(ids) == maxShown:
			s.problem(formats.Warning, "format.anki.too_many_media", "Max", maxShown)
			return ids
		}
		if alt := clip(one.alt, maxMediaAlt); alt != "" && m.GetAlt() == nil {
			m.Alt = und(alt)
		}
		ids = append(ids, m.GetId())
	}
	return ids
}

// medium finds what a front shows, nil where it cannot be had.
func (s *source) medium(one shown) *aulav1.Media {
	name := norm.NFC.String(one.file())
	if one.remote() {
		name = one.name
	}
	m := &s.media
	if known, ok := m.taken[name]; ok {
		return known // what is wrong with it was told
	}
	if m.taken == nil {
		m.taken, m.ids = map[string]*aulav1.Media{}, map[string]bool{}
	}
	var made *aulav1.Media
	id, err := "format.anki.no_media", fs.ErrNotExist
	var data []byte
	if member, ok := m.members[name]; ok && len(s.doc.Set.GetMedia()) < maxMedia {
		data, err = m.archive.read(member, formats.MaxMedia)
	}
	switch kind := remoteTypes[strings.ToLower(path.Ext(name))]; {
	case one.remote() && strings.HasPrefix(name, "https://") && kind != "" && len(name) <= maxURI:
		made = &aulav1.Media{Id: m.newID(path.Base(name)), Uri: name, ContentType: kind}
	case one.remote():
		id = "format.anki.remote_media"
	case m.archive == nil:
		id = "format.anki.text_has_no_media"
	case errors.Is(err, errTooLarge):
		id = "format.anki.large_media"
	case err == nil && len(data) > 0:
		made = &aulav1.Media{Id: m.newID(name), Data: data}
	}
	if made != nil {
		s.doc.Set.Media = append(s.doc.Set.Media, made)
	} else {
		s.problem(formats.Warning, id, "Name", shorten(name), "Max", formats.MaxMedia>>20)
	}
	m.taken[name] = made
	return made
}

// newID makes an id of a file's name.
func (m *media) newID(name string) string {
	base := slug(strings.TrimSuffix(name, path.Ext(name)))
	id := base
	for n := 2; m.ids[id]; n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	m.ids[id] = true
	return id
}

// slug writes a name in a-z, 0-9 and single hyphens.
func slug(name string) string {
	const most = maxMediaID - 10 // a number may follow
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // an accent
		default:
			gap = true
		}
		if b.Len() >= most {
			break
		}
	}
	if b.Len() == 0 {
		return "media"
	}
	return b.String()
}
