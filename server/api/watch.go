package api

import (
	"bytes"
	"cmp"
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

const (
	defaultWatch = 10          // rows, where the request names no size
	watchPace    = time.Second // between two messages at least
)

// WatchLeaderboard sends what there is to see, and then waits. All who watch a set are
// woken by one channel and share the encoded rows, so a stream on which nothing happens
// costs its goroutine and what gRPC keeps for it. One whose reader is slow blocks in Send,
// where gRPC bounds what is under way, and skips to the newest state after that.
func (s scoreService) WatchLeaderboard(
	req *aulav1.WatchLeaderboardRequest, stream grpc.ServerStreamingServer[aulav1.WatchLeaderboardResponse],
) error {
	ctx := stream.Context()
	participant, err := s.participant(ctx, req)
	if err != nil {
		return err
	}
	watch := s.Store.Watch(req.GetSet())
	defer watch.Close()
	var shown *view
	var sent time.Time
	for now := time.Now(); ; {
		next := watch.Next()
		v, err := s.view(ctx, watch, req, participant)
		if err != nil {
			return err
		}
		if shown == nil || !v.equal(shown) {
			if err := stream.Send(v.message()); err != nil {
				return err
			}
			sent = now
		}
		shown = v
		if err := until(ctx, s.Server, next.Done()); err != nil {
			return err
		}
		// Changes are told at most once a second, but the first may come right after a
		// stream has opened.
		now = next.At()
		if early := sent.Add(watchPace).Sub(now); early > 0 {
			if err := until(ctx, s.Server, time.After(early)); err != nil {
				return err
			}
			now = now.Add(early)
		}
	}
}

// view is what one who watches sees.
type view struct {
	rows  []byte // encoded, shared
	mine  *aulav1.Standing
	total int
}

func (s scoreService) view(
	ctx context.Context, watch *store.Watch, req *aulav1.WatchLeaderboardRequest, participant string,
) (*view, error) {
	top, total, err := watch.Top(ctx)
	if err != nil {
		return nil, err
	}
	size := int(cmp.Or(req.GetSize(), defaultWatch))
	v := &view{rows: s.head(req.GetSet(), top).rows(size), total: total}
	v.mine, err = s.mine(ctx, req.GetSet(), participant)
	return v, err
}

func (v *view) equal(w *view) bool {
	return v.total == w.total && bytes.Equal(v.rows, w.rows) && proto.Equal(v.mine, w.mine)
}

func (v *view) message() *aulav1.WatchLeaderboardResponse {
	return withEncoded(&aulav1.WatchLeaderboardResponse{Mine: v.mine, Total: new(int32(v.total))}, v.rows)
}
