package api

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

type scoreService struct {
	aulav1.UnimplementedScoreServiceServer
	*Server
}

func (s scoreService) GetLeaderboard(ctx context.Context, req *aulav1.GetLeaderboardRequest) (*aulav1.GetLeaderboardResponse, error) {
	ranked, from, err := readLeaderboardToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if _, _, err := s.revisions.current(ctx, req.GetSet()); err != nil {
		return nil, err
	}
	size := int(cmp.Or(req.GetPageSize(), defaultPage))
	standings, err := s.Store.Leaderboard(ctx, req.GetSet(), from, size+1)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.GetLeaderboardResponse{}
	if len(standings) > size {
		standings = standings[:size]
		resp.NextPageToken = pageToken(strconv.Itoa(ranked+size) + "/" + standings[size-1].Cursor().String())
	}
	for i, standing := range standings {
		resp.Rows = append(resp.Rows, &aulav1.Standing{
			Rank:       int32(ranked + i + 1),
			Name:       standing.Name,
			Points:     &standing.Points,
			MaxPoints:  standing.MaxPoints,
			FinishedAt: timestamppb.New(standing.FinishedAt),
		})
	}
	return resp, nil
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
