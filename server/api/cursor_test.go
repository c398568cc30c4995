package api

import (
	"encoding/base64"
	"maps"
	"testing"
)

func TestCursor(t *testing.T) {
	for _, c := range []cursor{
		{}, {seq: 1}, {seq: 1 << 40, revisions: map[string]int32{"rivers": 3, "ecuador-foreign-bases": 1 << 30, "": 0}},
	} {
		token := c.token("luz")
		got, err := readCursor(token, "luz")
		if err != nil || got.seq != c.seq || !maps.Equal(got.revisions, c.revisions) {
			t.Errorf("%+v reads %+v, %v", c, got, err)
		}
		if _, err := readCursor(token, "ana"); err == nil {
			t.Errorf("%+v reads for another learner", c)
		}
		if again := got.token("luz"); again != token {
			t.Errorf("%+v is written %q, then %q", c, token, again)
		}
	}
	if c, err := readCursor("", "luz"); err != nil || c.seq != 0 {
		t.Errorf("the beginning reads %+v, %v", c, err)
	}
}

// Whatever comes, a cursor is read or refused; what is read is written alike.
func FuzzCursor(f *testing.F) {
	f.Add([]byte{}, true)
	f.Add([]byte{1, 5, 2, 'a', 'b', 3}, true)
	f.Add([]byte{1, 5, 200, 'a'}, true)
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, true)
	f.Add([]byte{2, 5}, true)
	f.Add([]byte("garbage"), false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum {
			b = append(b, sumOf(b, "luz")...)
		}
		c, err := readCursor(base64.RawURLEncoding.EncodeToString(b), "luz")
		if err != nil {
			return
		}
		again, err := readCursor(c.token("luz"), "luz")
		if err != nil || again.seq != c.seq || !maps.Equal(again.revisions, c.revisions) {
			t.Errorf("%+v is read again as %+v, %v", c, again, err)
		}
	})
}
