package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// How many of each kind are stuck, and for how long others are watched meanwhile.
const (
	stuckStreams = 50
	stuckTime    = 2 * time.Second
)

// stuck has clients that open streams and never read, or stop halfway. Others are served.
func stuck(r *round) error {
	ctx, leave := context.WithCancel(r.ctx)
	defer leave()
	conn, err := connect(r.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := r.deaf(ctx, conn); err != nil {
		return err
	}
	if err := r.halfway(ctx, conn); err != nil {
		return err
	}
	silent, err := r.silent(ctx)
	defer func() {
		for _, s := range silent {
			_ = s.Close()
		}
	}()
	if err != nil {
		return err
	}
	before := r.world.acknowledged()
	f := r.readAlong(stuckTime)
	done := r.world.acknowledged() - before
	if done == 0 {
		f.add(wrong, "nothing was acknowledged in %v", stuckTime)
	}
	r.note("%d acknowledged meanwhile", done)
	r.found = append(r.found, f.list...)
	return r.bounded()
}

// deaf opens streams that the server writes to, and reads none of them.
func (r *round) deaf(ctx context.Context, conn *grpc.ClientConn) error {
	for i := range stuckStreams {
		s := r.students[i%len(r.students)]
		watch := &aulav1.WatchLeaderboardRequest{Set: quizSet, Size: 100}
		if _, err := aulav1.NewScoreServiceClient(conn).WatchLeaderboard(ctx, watch); err != nil {
			return err
		}
		pack := &aulav1.GetPackRequest{Sets: []string{quizSet, cardSet}}
		if _, err := aulav1.NewStudyServiceClient(conn).GetPack(s.as(ctx), pack); err != nil {
			return err
		}
		if _, err := aulav1.NewLearnerServiceClient(conn).ExportLearner(s.as(ctx), &aulav1.ExportLearnerRequest{}); err != nil {
			return err
		}
	}
	return nil
}

// halfway begins to load files, and stops. They hold places on a connection for as long as that.
func (r *round) halfway(ctx context.Context, conn *grpc.ClientConn) error {
	for range stuckStreams {
		stream, err := aulav1.NewLibraryServiceClient(conn).LoadSet(r.teacher.as(ctx))
		if err != nil {
			return err
		}
		header := &aulav1.LoadSetHeader{File: "half.json"}
		if err := stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: header}}); err != nil {
			return err
		}
		half := make([]byte, 512<<10)
		if err := stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Chunk{Chunk: half}}); err != nil {
			return err
		}
	}
	return nil
}

// silent opens connections, and says nothing, or half of what comes first.
func (r *round) silent(ctx context.Context) (all []net.Conn, err error) {
	for i := range stuckStreams {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.address)
		if err != nil {
			return all, err
		}
		all = append(all, conn)
		if _, err := fmt.Fprint(conn, "PRI * HTTP/2.0\r\n"[:i%16]); err != nil {
			return all, err
		}
	}
	return all, nil
}
