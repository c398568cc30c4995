package library

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

func picture(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withMedia is rivers with a picture at the first question.
func withMedia(t testing.TB, media ...*aulav1.Media) *aulav1.QuestionSet {
	t.Helper()
	set := parse(t, rivers)
	set.Media = media
	for _, m := range media {
		set.Questions[0].Media = append(set.Questions[0].Media, m.Id)
	}
	return set
}

// The content of media is kept under its digest, and its type is what it is.
func TestMedia(t *testing.T) {
	alt := map[string]string{"en": "A map", "es": "Un mapa"}
	data := picture(t)
	set := withMedia(t, &aulav1.Media{Id: "map", ContentType: "audio/mpeg", Data: data, Alt: alt}, &aulav1.Media{Id: "same", Data: data, Alt: map[string]string{"en": "A map"}})
	r := load(t, nil, fileOf(inNative, set, Options{}))
	m := r.Set.Media[0]
	if m.ContentType != "image/png" || len(m.Digest) != 64 || m.Data != nil || !bytes.Equal(r.Media[m.Digest], data) || len(r.Media) != 1 || m.Alt["es"] != "Un mapa" {
		t.Errorf("medium %v", m)
	}
	if got := problemsOf(r); got != "WARNING 0 \"\" library.media_without_alt Languages=es Media=same\n" {
		t.Errorf("problems: %s", got)
	}
	if r.Published.Media[0].Digest != m.Digest {
		t.Errorf("published %v", r.Published.Media)
	}
	// Without its data it is known by the digest; a digest that the set has not is nothing.
	r = load(t, r.Set, fileOf(inNative, r.Set, Options{}))
	if r.Changed {
		t.Errorf("changes %s", tellChanges(r.Changes))
	}
	if r = tryLoad(t, nil, fileOf(inNative, r.Set, Options{})); r.Set != nil || !has(r, "library.media_without_content") {
		t.Error(problemsOf(r))
	}
}

func TestMediaRefused(t *testing.T) {
	for id, data := range map[string][]byte{
		"library.media_svg":       []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`),
		"library.media_kind":      []byte("<html><script>alert(1)</script></html>"),
		"library.media_too_large": make([]byte, formats.MaxMedia+1),
	} {
		set := withMedia(t, &aulav1.Media{Id: "map", ContentType: "image/png", Data: data})
		r := tryLoad(t, nil, fileOf(inNative, set, Options{}))
		if r.Set != nil || !has(r, id) || !has(r, "check.no_such_media") {
			t.Errorf("%s: %s", id, problemsOf(r))
		}
		if r = load(t, nil, fileOf(inNative, set, Options{Partial: true})); len(r.Set.Questions) != 7 || len(r.Set.Media) != 0 || len(r.Media) != 0 {
			t.Errorf("%s: of %d questions", id, len(r.Set.Questions))
		}
	}
}

// A format with pictures in one language keeps what describes them in others; one without
// pictures keeps them.
func TestMediaKept(t *testing.T) {
	set := withMedia(t, &aulav1.Media{Id: "map", Data: picture(t), Alt: map[string]string{"en": "A map", "es": "Un mapa"}})
	current := load(t, nil, fileOf(inNative, set, Options{})).Set
	file := inOne(set, "en")
	file.Media[0].Id, file.Questions[0].Media[0] = "picture", "picture"
	file.Media[0].Alt = map[string]string{"und": "The map"}
	pictures := &format{name: "moodle", languages: one, says: []string{"media", "explanation"}}
	r := load(t, current, fileOf(pictures, file, Options{Set: "rivers"}))
	if len(r.Set.Media) != 1 || r.Set.Media[0].Alt["en"] != "The map" || r.Set.Media[0].Alt["es"] != "Un mapa" {
		t.Errorf("media %v", r.Set.Media)
	}
	file.Media, file.Questions[0].Media = nil, nil
	if r = load(t, current, fileOf(bare, file, Options{Set: "rivers"})); r.Changed {
		t.Errorf("without media: %s", tellChanges(r.Changes))
	}
	file = inOne(set, "es")
	file.Media[0].Alt = map[string]string{"und": "Mapa"}
	replace := toSpanish
	replace.Replace = true
	if r = load(t, current, fileOf(pictures, file, replace)); r.Set.Media[0].Alt["es"] != "Mapa" || r.Set.Media[0].Alt["en"] != "A map" {
		t.Errorf("translated %v", r.Set.Media)
	}
}

// Many media without a description are one warning.
func TestManyMedia(t *testing.T) {
	var media []*aulav1.Media
	for i := range fewMedia + 1 {
		media = append(media, &aulav1.Media{Id: "m-" + strings.Repeat("x", i+1), Uri: "https://example.org/1.png", ContentType: "image/png"})
	}
	set := parse(t, rivers)
	set.Media = media
	if r := load(t, nil, fileOf(inNative, set, Options{})); len(r.Problems) != 1 || !has(r, "library.many_media_without_alt") {
		t.Error(problemsOf(r))
	}
}
