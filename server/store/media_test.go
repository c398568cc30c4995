package store_test

import (
	"errors"
	"strings"
	"testing"

	"aula/server/store"
)

func TestMedia(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		content := strings.Repeat("0123456789", 60_000) // three parts
		m, err := s.KeepMedia(ctx, "image/png", []byte(content), now)
		if err != nil || m.ContentType != "image/png" || m.Size != 600_000 {
			t.Fatalf("%+v, %v", m, err)
		}
		if again, err := s.KeepMedia(ctx, "image/png", []byte(content), now); err != nil || again != m {
			t.Errorf("kept again as %+v, %v", again, err)
		}
		const part = 256 << 10
		for _, c := range []struct{ offset, length int64 }{
			{0, 1 << 40}, {0, 0}, {0, 1}, {part - 1, 2}, {part, part}, {part + 5, part + 5}, {2*part - 1, 1}, {599_999, 5}, {600_000, 5}, {7, 599_000},
		} {
			want := content[c.offset:min(600_000, c.offset+c.length)]
			if got := readMedia(ctx, t, s, m.Digest, c.offset, c.length); got != want {
				t.Errorf("%d bytes from %d: %d bytes, want %d", c.length, c.offset, len(got), len(want))
			}
		}
		stop := errors.New("stop")
		wantErr(t, s.ReadMedia(ctx, m, 0, m.Size, func([]byte) error { return stop }), stop)
		_, err = s.Media(ctx, "none")
		wantErr(t, err, store.ErrNotFound)
	})
}
