package api

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

type scoreService struct {
	aulav1.UnimplementedScoreServiceServer
	*Server
	heads *sync.Map // of each set's id, its *head
}

func newScoreService(s *Server) scoreService { return scoreService{Server: s, heads: &sync.Map{}} }

func (s scoreService) GetLeaderboard(ctx context.Context, req *aulav1.GetLeaderboardRequest) (*aulav1.GetLeaderboardResponse, error) {
	ranked, from, err := readLeaderboardToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	participant, err := s.participant(ctx, req)
	if err != nil {
		return nil, err
	}
	top, total, err := s.Store.Top(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	resp := &aulav1.GetLeaderboardResponse{Total: new(int32(total))}
	if resp.Mine, err = s.mine(ctx, req.GetSet(), participant); err != nil {
		return nil, err
	}
	size := int(cmp.Or(req.GetPageSize(), defaultPage))
	if ranked == 0 {
		if size < total && size <= len(top.Rows) {
			resp.NextPageToken = leaderboardToken(size, top.Rows[size-1])
		}
		return withEncoded(resp, s.head(req.GetSet(), top).rows(size)), nil
	}
	standings, err := s.Store.Leaderboard(ctx, req.GetSet(), from, size+1)
	if err != nil {
		return nil, err
	}
	if len(standings) > size {
		standings = standings[:size]
		resp.NextPageToken = leaderboardToken(ranked+size, standings[size-1])
	}
	for i, st := range standings {
		resp.Rows = append(resp.Rows, row(st, ranked+i+1))
	}
	return resp, nil
}

func row(st store.Standing, rank int) *aulav1.Standing {
	return &aulav1.Standing{
		Rank:       int32(rank),
		Name:       st.Name,
		Points:     &st.Points,
		MaxPoints:  st.MaxPoints,
		FinishedAt: timestamppb.New(st.FinishedAt),
	}
}

// participant finds whose place a request asks for, "" for nobody's. Errors:
// SET_NOT_FOUND, ATTEMPT_NOT_FOUND, INVALID_REQUEST.
func (s scoreService) participant(ctx context.Context, req interface {
	GetSet() string
	GetAttempt() string
},
) (string, error) {
	_, _, gone := s.revisions.current(ctx, req.GetSet())
	if req.GetAttempt() == "" {
		return "", gone
	}
	a, err := s.log(ctx, callerOf(ctx), req.GetAttempt())
	if gone != nil && (err != nil || a.Set != req.GetSet()) { // who plays an archived set still sees its standings
		return "", gone
	}
	if err != nil {
		return "", err
	}
	if a.Set != req.GetSet() {
		return "", malformed("attempt", "field.attempt_at_another_set")
	}
	return a.Participant, nil
}

// mine is a participant's place, nil for none.
func (s scoreService) mine(ctx context.Context, set, participant string) (*aulav1.Standing, error) {
	if participant == "" {
		return nil, nil
	}
	st, rank, err := s.Store.Standing(ctx, set, participant)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row(st, rank), nil
}

// head is the rows of a Top in wire form, as the field rows of GetLeaderboardResponse and
// of WatchLeaderboardResponse, which have the same number.
type head struct {
	of      *store.Top
	encoded []byte
	ends    []int // of each row
}

// head returns the rows of a set's Top, encoded when they were first asked for.
func (s scoreService) head(set string, top *store.Top) *head {
	if kept, ok := s.heads.Load(set); ok {
		if h, ok := kept.(*head); ok && h.of == top {
			return h
		}
	}
	h := &head{of: top}
	for i, st := range top.Rows {
		// Encoding what was made here cannot fail: a name is valid UTF-8, as it was received.
		h.encoded, _ = proto.MarshalOptions{}.MarshalAppend(h.encoded, &aulav1.GetLeaderboardResponse{
			Rows: []*aulav1.Standing{row(st, i+1)},
		})
		h.ends = append(h.ends, len(h.encoded))
	}
	s.heads.Store(set, h)
	return h
}

// rows is the first n rows, or all where there are fewer.
func (h *head) rows(n int) []byte {
	if n = min(n, len(h.ends)); n == 0 {
		return nil
	}
	return h.encoded[:h.ends[n-1]]
}

// leaderboardToken asks for what comes after so many rows, of which this is the last.
func leaderboardToken(ranked int, last store.Standing) string {
	return pageToken(strconv.Itoa(ranked) + "/" + last.Cursor().String())
}

// readLeaderboardToken returns how many rows came before the page and where it starts.
func readLeaderboardToken(token string) (ranked int, from store.Cursor, err error) {
	place, err := readPageToken(token)
	if err != nil || place == "" {
		return 0, from, err
	}
	count, cursor, _ := strings.Cut(place, "/")
	ranked, err = strconv.Atoi(count)
	if err != nil || ranked <= 0 || cursor == "" {
		return 0, from, invalidPageToken()
	}
	if from, err = store.ParseCursor(cursor); err != nil {
		return 0, from, invalidPageToken()
	}
	return ranked, from, nil
}
