package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
)

// How many questions there are in the set that is learnt, and in the one that a teacher goes
// on editing.
const (
	smallSet = 60
	largeSet = 2000
)

// teach loads a set with an edit every now and then.
func (s *soak) teach(ctx context.Context) {
	for edit := 1; s.waits(ctx, s.Load); edit++ {
		file := setFile("edited", largeSet, edit)
		for try := 0; ; try++ {
			wasUp := s.up.Load()
			err := s.load(ctx, file)
			if err == nil || ctx.Err() != nil {
				break
			}
			passes := status.Code(err) == codes.Unavailable
			if !passes || wasUp && s.up.Load() && try > 0 {
				s.fault(fmt.Errorf("loading: %w", err))
			}
			if !passes || !s.waits(ctx, 500*time.Millisecond) {
				break
			}
		}
		s.count(func(c *counts) { c.loads++ })
	}
}

// load hands in a file.
func (s *soak) load(ctx context.Context, file []byte) error {
	ctx, cancel := context.WithTimeout(as(ctx, s.key), time.Minute)
	defer cancel()
	stream, err := aulav1.NewLibraryServiceClient(s.conns[0]).LoadSet(ctx)
	if err != nil {
		return err
	}
	parts := []*aulav1.LoadSetRequest{{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{File: "set.json"}}}}
	for chunk := range slices.Chunk(file, 1<<18) {
		parts = append(parts, &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Chunk{Chunk: chunk}})
	}
	for _, part := range parts {
		if err := stream.Send(part); err != nil && !errors.Is(err, io.EOF) { // of which the reply tells the reason
			return err
		}
	}
	resp, err := stream.CloseAndRecv()
	if err != nil {
		return err
	}
	switch resp.GetReport().GetOutcome() {
	case aulav1.LoadReport_PUBLISHED, aulav1.LoadReport_UNCHANGED: // it may be loaded again after no answer
		return nil
	default:
		return fmt.Errorf("the set was not published: %v", resp.GetReport())
	}
}

// setFile is a set of n questions of several kinds. Each edit changes one of them.
func setFile(id string, n, edit int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"id":%q,"title":{"en":"Sums"},"language":"en","questions":[`, id)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		x, y := 2+i%9, 3+i/9
		if edit > 0 && i == edit%n {
			y += edit
		}
		fmt.Fprintf(&b, "\n"+`{"id":"q%d","text":{"en":"What is %d times %d?"},"explanation":{"en":"Add it up."},`, i, x, y)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, `"numeric":{"value":%d}}`, x*y)
		case 1:
			fmt.Fprintf(&b, `"textEntry":{"accepted":[{"text":{"en":"It is %d"}}]}}`, x*y)
		case 2:
			fmt.Fprintf(&b, `"card":{"back":{"en":"It is %d."}}}`, x*y)
		default:
			fmt.Fprintf(&b, `"choice":{"options":[{"id":"a","text":{"en":"It is %d"},"correct":true},`+
				`{"id":"b","text":{"en":"It is %d"}}]}}`, x*y, x*y+1)
		}
	}
	b.WriteString("]}\n")
	return b.Bytes()
}
