package api_test

import (
	"math"
	"strings"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

func TestGetMedia(t *testing.T) {
	w := newWorld(t)
	content := strings.Repeat("0123456789", 40_000)
	kept, err := w.store.KeepMedia(t.Context(), "image/png", []byte(content), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ offset, length int64 }{
		{0, 0}, {0, 1}, {1, 65_536}, {262_143, 2}, {399_999, 0}, {399_999, 9}, {400_000, 0}, {0, math.MaxInt64}, {5, math.MaxInt64},
	} {
		messages, err := all(w.media.GetMedia(t.Context(), &aulav1.GetMediaRequest{Digest: kept.Digest, Offset: c.offset, Length: c.length}))
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		var got strings.Builder
		for i, m := range messages {
			got.Write(m.GetChunk())
			if first := i == 0; first != (m.GetContentType() == "image/png") || first != (m.GetSize() == 400_000) || len(m.GetChunk()) > 64<<10 {
				t.Errorf("%+v: message %d is %s, %d, with %d bytes", c, i, m.GetContentType(), m.GetSize(), len(m.GetChunk()))
			}
		}
		want := content[c.offset:]
		if c.length > 0 && c.length < int64(len(want)) {
			want = want[:c.length]
		}
		if got.String() != want {
			t.Errorf("%+v: %d bytes, want %d", c, got.Len(), len(want))
		}
	}
	for _, c := range []struct {
		req     *aulav1.GetMediaRequest
		reason  aulav1.ErrorReason
		spanish string
	}{
		{&aulav1.GetMediaRequest{Digest: strings.Repeat("0", 64)}, aulav1.ErrorReason_MEDIA_NOT_FOUND, "ninguna imagen ni sonido 000"},
		{&aulav1.GetMediaRequest{Digest: kept.Digest, Offset: 400_001}, aulav1.ErrorReason_RANGE_NOT_SATISFIABLE, "a los 400000 bytes, antes de la posición 400001"},
		{&aulav1.GetMediaRequest{Digest: kept.Digest, Offset: math.MaxInt64}, aulav1.ErrorReason_RANGE_NOT_SATISFIABLE, ""},
		{&aulav1.GetMediaRequest{Digest: "../etc/passwd"}, aulav1.ErrorReason_INVALID_REQUEST, "digest: debe ser un SHA-256"},
		{&aulav1.GetMediaRequest{}, aulav1.ErrorReason_INVALID_REQUEST, "digest"},
		{&aulav1.GetMediaRequest{Digest: kept.Digest, Offset: -1}, aulav1.ErrorReason_INVALID_REQUEST, "offset: debe ser al menos 0"},
		{&aulav1.GetMediaRequest{Digest: kept.Digest, Length: -1}, aulav1.ErrorReason_INVALID_REQUEST, "length"},
	} {
		c.req.Language = "es"
		_, err := all(w.media.GetMedia(t.Context(), c.req))
		wantReason(t, err, c.reason, c.spanish)
	}
	// What a set says is content, too, and nobody's to have.
	set, err := w.store.Revision(t.Context(), "rivers", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = all(w.media.GetMedia(t.Context(), &aulav1.GetMediaRequest{Digest: digestOf(t, set), Language: "es"}))
	wantReason(t, err, aulav1.ErrorReason_MEDIA_NOT_FOUND, "")
}
