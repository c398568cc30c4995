package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// What is loaded, and who answers meanwhile: as many learners as a few classes have, each of
// whom thinks before the next answer.
const (
	loadedQuestions = 100_000
	meanwhile       = 64
	thinking        = 200 * time.Millisecond
)

// loading measures how fast a large file is loaded, checks and commit included, what memory
// that takes, and how long those who answer meanwhile wait.
func (b *bench) loading() error {
	questions, times := loadedQuestions, 3
	if b.Quick {
		questions, times = 200, 1
	}
	file := largeSet(questions)
	b.report.note("The file loaded is %s MB of JSON; its memory is the most the server held, less what it held before. "+
		"Meanwhile %d learners answer, each %v after their last outcome.", figure(float64(len(file))/1e6), b.clients(meanwhile), thinking)
	var speeds, memory, worst []float64
	for i := range times {
		l, err := b.loadOnce(fmt.Sprintf("load-%d", i), file, questions)
		if err != nil {
			return err
		}
		speeds = append(speeds, float64(questions)/l.took.Seconds())
		memory = append(memory, l.held/float64(len(file)))
		worst = append(worst, l.worst.Seconds()*1000)
	}
	work := "loading " + figure(float64(questions)) + " questions in two languages"
	b.report.row(work+": questions a second", spreadOf(speeds), goal{unit: "/s", least: 15_000, aim: 15_000})
	b.report.row(work+": memory against the file", spreadOf(memory), atMost("×", 4, 4))
	b.report.row(work+": longest wait for an answer's outcome meanwhile", spreadOf(worst), atMost("ms", 250, 250))
	return nil
}

// loaded is what one load took.
type loaded struct {
	took, worst time.Duration
	held        float64 // bytes
}

// loadOnce loads a file into a new server, on which learners are answering.
func (b *bench) loadOnce(name string, file []byte, questions int) (l loaded, err error) {
	key, err := b.output(b.binary, "key", "create", "--db", b.file(name+".db"), "--role", "teacher", "--name", "bench")
	if err != nil {
		return l, err
	}
	t, err := b.startAula(name)
	if err != nil {
		return l, err
	}
	defer t.close()
	learners, err := b.newCounter(t)
	if err != nil {
		return l, err
	}
	// An answer every now and then for as long as a slow load may take.
	if err := learners.stock(b.ctx, b.clients(meanwhile)*int(2*time.Minute/thinking)); err != nil {
		return l, err
	}
	before := float64(t.resident())
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	answering := learners.answer(ctx, b.clients(meanwhile))
	began := time.Now()
	report, err := t.load(ctx, strings.TrimSpace(key), file)
	l.took = time.Since(began)
	l.held = float64(t.peak()) - before
	stop()
	waits, failed := answering()
	if err := errors.Join(err, failed); err != nil {
		return l, err
	}
	if int(report.GetAdded()) != questions || report.GetOutcome() != aulav1.LoadReport_PUBLISHED {
		return l, fmt.Errorf("the file was not loaded: %v", report)
	}
	if len(waits) > 0 {
		l.worst = slices.Max(waits)
	}
	b.progress("%s: %v, longest wait %v of %d", name, l.took, l.worst, len(waits))
	return l, nil
}

// load hands in a file as a teacher's program does.
func (t *target) load(ctx context.Context, key string, file []byte) (*aulav1.LoadReport, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	stream, err := t.conns[0].NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, aulav1.LibraryService_LoadSet_FullMethodName)
	if err != nil {
		return nil, err
	}
	parts := []*aulav1.LoadSetRequest{{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{File: "large.json"}}}}
	for chunk := range slices.Chunk(file, 1<<20) {
		parts = append(parts, &aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Chunk{Chunk: chunk}})
	}
	for _, part := range parts {
		wire, err := proto.Marshal(part)
		if err != nil {
			return nil, err
		}
		if err := stream.SendMsg(wire); err != nil && !errors.Is(err, io.EOF) { // of which the reply tells the reason
			return nil, err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	var wire []byte
	if err := stream.RecvMsg(&wire); err != nil {
		return nil, err
	}
	resp := &aulav1.LoadSetResponse{}
	err = proto.Unmarshal(wire, resp)
	return resp.GetReport(), err
}

// answer lets n clients answer until ctx is done. The function it returns waits for them
// and tells how long each answer took.
func (c *counter) answer(ctx context.Context, n int) func() ([]time.Duration, error) {
	waits, failures := make([][]time.Duration, n), make([]error, n)
	clients, err := c.submit(ctx).clients(n)
	if err != nil {
		return func() ([]time.Duration, error) { return nil, err }
	}
	var group sync.WaitGroup
	for i, call := range clients {
		group.Go(func() {
			wait := thinking * time.Duration(i) / time.Duration(n)
			for {
				select {
				case <-ctx.Done():
					return
				case <-time.After(wait):
				}
				wait = thinking
				began := time.Now()
				if err := call(ctx); err != nil {
					if ctx.Err() == nil {
						failures[i] = err
					}
					return
				}
				waits[i] = append(waits[i], time.Since(began))
			}
		})
	}
	return func() ([]time.Duration, error) {
		group.Wait()
		return slices.Concat(waits...), errors.Join(failures...)
	}
}

// largeSet is a native file of n questions of several kinds in two languages.
func largeSet(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"id":"large","title":{"en":"A large set","es":"Un conjunto grande"},"language":"en","questions":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		x, y := 2+i%997, 3+i/997
		fmt.Fprintf(&b, "\n"+`{"id":"q%d","text":{"en":"Item %d: what is %d times %d?","es":"Ítem %d: ¿cuánto es %d por %d?"},`,
			i, i, x, y, i, x, y)
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, `"numeric":{"value":%d},"tags":["arithmetic"],`, x*y)
		case 1:
			fmt.Fprintf(&b, `"textEntry":{"accepted":[{"text":{"en":"It is %d","es":"Es %d"}}]},`, x*y, x*y)
		case 2:
			fmt.Fprintf(&b, `"card":{"back":{"en":"It is %d.","es":"Es %d."}},`, x*y, x*y)
		default:
			fmt.Fprintf(&b, `"choice":{"options":[{"id":"a","text":{"en":"It is %d","es":"Es %d"},"correct":true},`+
				`{"id":"b","text":{"en":"It is %d","es":"Es %d"}},{"id":"c","text":{"en":"It is %d","es":"Es %d"}}]},`,
				x*y, x*y, x*y+1, x*y+1, x*y+x, x*y+x)
		}
		fmt.Fprintf(&b, `"explanation":{"en":"Add %d to itself, %d times in all.","es":"Suma %d consigo mismo, %d veces en total."}}`,
			x, y, x, y)
	}
	b.WriteString("]}\n")
	return b.Bytes()
}
