package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// watch measures what an idle stream of WatchLeaderboard holds in the server's memory.
func (b *bench) watch() error {
	streams, times := 10_000, 3
	if b.Quick {
		streams, times = 100, 1
	}
	for _, each := range []int{100, 1} {
		// A connection is a file at either end.
		if most := files() - 100; each == 1 && streams > most {
			b.report.note("A process may have only %d files open here, so %d connections were watched on.", files(), most)
			streams = most
		}
		var kilobytes []float64
		for i := range times {
			held, err := b.watched(fmt.Sprintf("watch-%d-%d", each, i), streams, each)
			if err != nil {
				return err
			}
			kilobytes = append(kilobytes, held)
		}
		b.report.note("The memory of streams is the median of %d servers, each started anew.", times)
		b.report.row(fmt.Sprintf("memory for each of %s idle streams, %d a connection", figure(float64(streams)), each),
			spreadOf(kilobytes), atMost("kB", 40, 20))
	}
	return nil
}

// watched is what each of n streams adds to the server's resident memory, in kilobytes.
func (b *bench) watched(name string, n, each int) (float64, error) {
	t, err := b.seeded(name, 100, 0)
	if err != nil {
		return 0, err
	}
	defer t.close()
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	before := b.settled(t.process)
	for i := range n {
		if i%each == 0 {
			if err := t.connect((i/each + 1) * perConnection); err != nil {
				return 0, err
			}
		}
		if err := watchOn(ctx, t.conns[i/each]); err != nil {
			return 0, err
		}
	}
	return (b.settled(t.process) - before) / float64(n) / 1000, nil
}

// settled is a process's resident memory in bytes once it has been left alone for a while.
func (b *bench) settled(p *process) float64 {
	if !b.Quick {
		time.Sleep(5 * time.Second)
	}
	return float64(p.resident())
}

// watchOn opens a stream and takes the standings that it begins with.
func watchOn(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, aulav1.ScoreService_WatchLeaderboard_FullMethodName)
	if err != nil {
		return err
	}
	request, err := proto.Marshal(&aulav1.WatchLeaderboardRequest{Set: set})
	if err != nil {
		return err
	}
	if err := stream.SendMsg(request); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	return stream.RecvMsg((*[]byte)(nil))
}

// files is how many files a process may have open.
func files() int {
	limits := strings.Fields(lineOf("/proc/self/limits", "Max open files"))
	if len(limits) > 0 {
		if n, err := strconv.Atoi(limits[0]); err == nil {
			return n
		}
	}
	return 1 << 20 // not told, or unlimited
}
