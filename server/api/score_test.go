package api_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// player finishes an attempt that earns 10 points or none, and returns its id.
func (w *world) player(nickname string, right bool) string {
	w.t.Helper()
	a := w.start(&aulav1.StartAttemptRequest{Nickname: nickname})
	if right {
		w.submit(a.GetId(), "longest", choose("amazon"), "")
	}
	w.finish(a.GetId())
	return a.GetId()
}

// Whoever names their attempt is told their own place, wherever the page is; the pages of
// every size hold the same rows.
func TestMine(t *testing.T) {
	w := newWorld(t)
	board := func(req *aulav1.GetLeaderboardRequest) *aulav1.GetLeaderboardResponse {
		t.Helper()
		req.Set = "rivers"
		resp, err := w.score.GetLeaderboard(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if len(resp.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("fields arrive that nobody knows: %v", resp)
		}
		return resp
	}
	if empty := board(&aulav1.GetLeaderboardRequest{}); empty.Total == nil || empty.GetTotal() != 0 || len(empty.GetRows()) != 0 {
		t.Errorf("an empty leaderboard is %v", empty)
	}
	unfinished := w.start(&aulav1.StartAttemptRequest{}).GetId()
	var ids []string
	for i := range 6 {
		ids = append(ids, w.player(fmt.Sprint("Ana ", i), i%2 == 1))
	}
	all := board(&aulav1.GetLeaderboardRequest{}).GetRows()
	if len(all) != 6 {
		t.Fatalf("%d rows", len(all))
	}
	for size := range int32(8) {
		resp := board(&aulav1.GetLeaderboardRequest{PageSize: size, Attempt: unfinished})
		n := 6
		if size > 0 {
			n = min(n, int(size))
		}
		got := &aulav1.GetLeaderboardResponse{Rows: resp.GetRows()}
		if !proto.Equal(got, &aulav1.GetLeaderboardResponse{Rows: all[:n]}) || (resp.GetNextPageToken() != "") != (n < 6) {
			t.Errorf("a page of %d is %v", size, resp)
		}
		if resp.GetMine() != nil || resp.GetTotal() != 6 {
			t.Errorf("an unfinished attempt stands at %v of %d", resp.GetMine(), resp.GetTotal())
		}
	}
	first := board(&aulav1.GetLeaderboardRequest{PageSize: 2})
	for i, id := range ids {
		rank := 4 + i/2 // the even ones earned nothing
		if i%2 == 1 {
			rank = 1 + i/2
		}
		for _, token := range []string{"", first.GetNextPageToken()} {
			resp := board(&aulav1.GetLeaderboardRequest{PageSize: 2, PageToken: token, Attempt: id})
			if !proto.Equal(resp.GetMine(), all[rank-1]) || resp.GetTotal() != 6 || len(resp.GetRows()) != 2 {
				t.Errorf("%s stands at %v of %d, want %v", id, resp.GetMine(), resp.GetTotal(), all[rank-1])
			}
		}
	}
}

// Both ways to ask for a leaderboard are refused the same mistakes, in the caller's
// language.
func TestLeaderboardMistakes(t *testing.T) {
	w := newWorld(t)
	w.publish("lakes", func(*aulav1.QuestionSet) {})
	elsewhere := w.start(&aulav1.StartAttemptRequest{Set: "lakes", Language: "es"}).GetId()
	for _, c := range []struct {
		name                   string
		set, attempt, language string
		size                   int32
		header                 string
		want                   failure
		field                  string
	}{
		{
			name: "unknown set", set: "seas", header: "es-EC",
			want: failure{code: codes.NotFound, reason: "SET_NOT_FOUND", locale: "es"},
		},
		{
			name: "unknown attempt", set: "rivers", attempt: "nope", language: "es", header: "en",
			want: failure{code: codes.NotFound, reason: "ATTEMPT_NOT_FOUND", locale: "es"},
		},
		{
			name: "attempt at another set, which speaks Spanish", set: "rivers", attempt: elsewhere,
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "es"},
			field: "attempt: es un intento de otro conjunto",
		},
		{
			name: "attempt at another set, in English", set: "rivers", attempt: elsewhere, language: "en",
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "en"},
			field: "attempt: is an attempt at another set",
		},
		{
			name: "no set", header: "es",
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "es"},
			field: "set: debe tener al menos 1 carácter",
		},
		{
			name: "many rows", set: "rivers", size: 101,
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "en"},
			field: "size: must be between 0 and 100",
		},
		{
			name: "control character", set: "riv\x00ers", language: "en",
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "en"},
			field: "set: must not contain control characters",
		},
		{
			name: "no language", set: "rivers", language: "español", header: "es",
			want:  failure{code: codes.InvalidArgument, reason: "INVALID_REQUEST", locale: "es"},
			field: "language: «español» no es una etiqueta de idioma",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			if c.header != "" {
				ctx = metadata.AppendToOutgoingContext(ctx, "accept-language", c.header)
			}
			_, got := w.score.GetLeaderboard(ctx, &aulav1.GetLeaderboardRequest{
				Set: c.set, PageSize: c.size, Attempt: c.attempt, Language: c.language,
			})
			stream, err := w.score.WatchLeaderboard(ctx, &aulav1.WatchLeaderboardRequest{
				Set: c.set, Size: c.size, Attempt: c.attempt, Language: c.language,
			})
			if err != nil {
				t.Fatal(err)
			}
			_, watched := stream.Recv()
			for _, err := range []error{got, watched} {
				f := failureOf(t, err)
				if f.code != c.want.code || f.reason != c.want.reason || f.locale != c.want.locale || !strings.Contains(f.message, c.field) {
					t.Errorf("told %+v, want %+v and in it %q", f, c.want, c.field)
				}
			}
		})
	}
}
