package moodle

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// media are the pictures and sounds of a file, each once.
type media struct {
	set   *aulav1.QuestionSet
	byKey map[string]*aulav1.Media // by content or URL
	byID  map[string]*aulav1.Media
	kept  map[string]bool // in the set, by id
}

func newMedia(set *aulav1.QuestionSet) *media {
	return &media{set: set, byKey: map[string]*aulav1.Media{}, byID: map[string]*aulav1.Media{}, kept: map[string]bool{}}
}

const pluginFile = "@@PLUGINFILE@@/"

// show has a picture or a sound shown with the question. It reports whether it could.
func (t *task) show(reference markup.Reference, lang string, files []file) bool {
	m := t.find(reference, files)
	if m == nil {
		return false
	}
	if alt := cut(reference.Alt, maxAlt); alt != "" && m.GetAlt()[lang] == "" {
		if m.Alt == nil {
			m.Alt = map[string]string{}
		}
		m.Alt[lang] = alt
	}
	const most = 10
	switch {
	case slices.Contains(t.q.GetMedia(), m.GetId()):
	case len(t.q.GetMedia()) == most:
		t.add(formats.Warning, "format.moodle.many_media", "Max", most)
	default:
		t.q.Media = append(t.q.Media, m.GetId())
	}
	return true
}

const maxAlt = 1000 // runes

// find gives the picture or sound that a reference is to, nil where there is none.
func (t *task) find(reference markup.Reference, files []file) *aulav1.Media {
	source := reference.Source
	switch {
	case strings.HasPrefix(source, "https://"):
		return t.remote(source)
	case strings.HasPrefix(source, "data:"):
		header, encoded, _ := strings.Cut(source, ",")
		if !strings.HasSuffix(header, ";base64") {
			t.add(formats.Warning, "format.moodle.no_file", "File", cut(source, labelLength))
			return nil
		}
		return t.file(or(reference.Alt, "image"), encoded)
	}
	name := strings.TrimPrefix(source, pluginFile)
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	name, _, _ = strings.Cut(name, "?")
	for i := range files {
		f := &files[i]
		if name == strings.TrimPrefix(path.Join("/", f.Path, f.Name), "/") || name == f.Name {
			return t.file(f.Name, f.Data)
		}
	}
	t.add(formats.Warning, "format.moodle.no_file", "File", cut(fileName(source), labelLength))
	return nil
}

// fileName is what a person calls the file that a reference is to.
func fileName(source string) string {
	if strings.HasPrefix(source, "data:") {
		source, _, _ = strings.Cut(source, ",")
		return source
	}
	name := strings.TrimPrefix(source, pluginFile)
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}

// file takes in a file that came along, encoded in base64.
func (t *task) file(name, encoded string) *aulav1.Media {
	const perByte = 1.4 // of base64, with the ends of lines
	if float64(len(encoded)) > formats.MaxMedia*perByte {
		t.add(formats.Warning, "format.moodle.large_file", "File", name, "Max", formats.MaxMedia>>20)
		return nil
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
	switch {
	case err != nil || len(data) == 0:
		t.add(formats.Warning, "format.moodle.bad_file", "File", name)
		return nil
	case len(data) > formats.MaxMedia:
		t.add(formats.Warning, "format.moodle.large_file", "File", name, "Max", formats.MaxMedia>>20)
		return nil
	}
	sum := sha256.Sum256(data)
	return t.entry(string(sum[:]), name, func(m *aulav1.Media) { m.Data = data })
}

// remote takes in what is somewhere in the web and of a type that its name tells.
func (t *task) remote(source string) *aulav1.Media {
	const longest = 2000
	parsed, err := url.Parse(source)
	if err != nil || len(source) > longest {
		t.add(formats.Warning, "format.moodle.no_file", "File", cut(source, labelLength))
		return nil
	}
	kind := contentType(strings.ToLower(path.Ext(parsed.Path)))
	if kind == "" {
		t.add(formats.Warning, "format.moodle.remote_type", "File", cut(source, labelLength))
		return nil
	}
	return t.entry(source, path.Base(parsed.Path), func(m *aulav1.Media) { m.Uri, m.ContentType = source, kind })
}

// contentTypes are those of which pictures and sounds usually are, by their extension; the
// first of a type is the one to write.
var contentTypes = [...][2]string{
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".gif", "image/gif"},
	{".webp", "image/webp"},
	{".svg", "image/svg+xml"},
	{".mp3", "audio/mpeg"},
	{".ogg", "audio/ogg"},
	{".wav", "audio/wav"},
	{".m4a", "audio/mp4"},
	{".mp4", "video/mp4"},
	{".webm", "video/webm"},
}

// contentType of an extension, "" for one that is not known.
func contentType(extension string) string {
	for _, known := range contentTypes {
		if known[0] == extension {
			return known[1]
		}
	}
	return ""
}

// entry gives the entry of the set for a content, a new one where there is none yet. It joins
// the set with the question.
func (t *task) entry(key, name string, fill func(*aulav1.Media)) *aulav1.Media {
	if m := t.media.byKey[key]; m != nil {
		return m
	}
	m := &aulav1.Media{Id: t.media.id(strings.TrimSuffix(name, path.Ext(name)))}
	fill(m)
	t.media.byKey[key], t.media.byID[m.GetId()] = m, m
	return m
}

// keepMedia puts into the set what the question shows.
func (t *task) keepMedia() {
	for _, id := range t.q.GetMedia() {
		if !t.media.kept[id] {
			t.media.kept[id] = true
			t.media.set.Media = append(t.media.set.Media, t.media.byID[id])
		}
	}
}

// id makes an id of a name, one that is not taken.
func (m *media) id(name string) string {
	base := slug(name)
	id := base
	for n := 2; m.byID[id] != nil; n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// slug writes a name in small letters, digits and hyphens.
func slug(name string) string {
	const most = 50
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= most {
			break
		}
	}
	return or(strings.Trim(b.String(), "-"), "file")
}

// showOld takes in the picture of a question that Moodle 1 exported.
func (t *task) showOld() {
	if strings.TrimSpace(t.source.ImageData) == "" {
		return
	}
	if m := t.file(or(path.Base(t.source.Image), "image"), t.source.ImageData); m != nil && !slices.Contains(t.q.GetMedia(), m.GetId()) {
		t.q.Media = append(t.q.Media, m.GetId())
	}
}
