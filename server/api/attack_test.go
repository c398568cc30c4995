package api_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
)

// soon is a patience for tests, which nobody who means well meets here.
var soon = api.Patience{Handshake: 400 * time.Millisecond, Call: 800 * time.Millisecond, Quiet: 400 * time.Millisecond, Answer: 400 * time.Millisecond}

// attacker is a client that does as it likes.
type attacker struct {
	*testing.T
	net.Conn
	*http2.Framer
	next    uint32
	headers bytes.Buffer
	encoder *hpack.Encoder
}

// attack opens a connection, and says hello on it.
func attack(t *testing.T, w *world) *attacker {
	a := connect(t, w)
	if _, err := io.WriteString(a.Conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := a.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return a
}

func connect(t *testing.T, w *world) *attacker {
	t.Helper()
	conn, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	a := &attacker{T: t, Conn: conn, Framer: http2.NewFramer(conn, conn), next: 1}
	a.AllowIllegalWrites = true
	a.encoder = hpack.NewEncoder(&a.headers)
	return a
}

// block encodes the headers of a call of GetPrompt, and more.
func (a *attacker) block(more ...hpack.HeaderField) []byte {
	a.headers.Reset()
	for _, field := range append([]hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":authority", Value: "aula"},
		{Name: ":path", Value: aulav1.QuizService_GetPrompt_FullMethodName},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
	}, more...) {
		if err := a.encoder.WriteField(field); err != nil {
			a.Fatal(err)
		}
	}
	return a.headers.Bytes()
}

// call begins a call, and returns its stream.
func (a *attacker) call(more ...hpack.HeaderField) (uint32, error) {
	id := a.next
	a.next += 2
	return id, a.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: a.block(more...), EndHeaders: true})
}

// drip writes a byte at a time until it cannot, which it must come to.
func (a *attacker) drip(data []byte) {
	a.Helper()
	for i := 0; ; i++ {
		if _, err := a.Write(data[min(i, len(data)-1):][:1]); err != nil {
			a.ended(err)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// gone reads until the server has ended the connection, and returns what it said.
func (a *attacker) gone() (frames []string) {
	a.Helper()
	for {
		frame, err := a.ReadFrame()
		if err != nil {
			a.ended(err)
			return frames
		}
		said := frame.Header().Type.String()
		if away, ok := frame.(*http2.GoAwayFrame); ok {
			said += " " + away.ErrCode.String()
		}
		if len(frames) < 100 {
			frames = append(frames, said)
		}
	}
}

func (a *attacker) ended(err error) {
	a.Helper()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		a.Error("the server has not ended the connection")
	}
}

// flood sends frames until the server has ended the connection, or until there are so many.
func (a *attacker) flood(frames int, send func() error) {
	a.Helper()
	for range frames {
		if err := send(); err != nil {
			a.ended(err)
			return
		}
	}
}

// attacks are what an intruder tries, on a connection of their own.
var attacks = map[string]func(t *testing.T, w *world){
	"nothing is said": func(t *testing.T, w *world) { connect(t, w).gone() },
	"hello, a byte at a time": func(t *testing.T, w *world) {
		connect(t, w).drip([]byte(http2.ClientPreface))
	},
	"hello, and nothing more": func(t *testing.T, w *world) {
		a := connect(t, w)
		_, _ = io.WriteString(a.Conn, http2.ClientPreface)
		a.gone()
	},
	"what is no HTTP/2": func(t *testing.T, w *world) {
		a := connect(t, w)
		_, _ = io.WriteString(a.Conn, "GET / HTTP/1.1\r\nHost: aula\r\n\r\n")
		a.gone()
	},
	"half a header, and nothing more": func(t *testing.T, w *world) {
		a := attack(t, w)
		_ = a.WriteRawFrame(http2.FrameHeaders, 0, 1, a.block()[:10])
		a.gone()
	},
	"a header, a byte at a time": func(t *testing.T, w *world) {
		a := attack(t, w)
		head := binary.BigEndian.AppendUint32(nil, 16000<<8|uint32(http2.FrameHeaders))
		go a.gone() // it reads, and answers nothing
		a.drip(append(head, make([]byte, 100)...))
	},
	"calls without a message": func(t *testing.T, w *world) {
		a := attack(t, w)
		for range 100 {
			if _, err := a.call(); err != nil {
				t.Fatal(err)
			}
		}
		if ended := a.endedCalls(100); ended != 100 {
			t.Errorf("of 100 calls without a message %d were ended", ended)
		}
	},
	"calls with half a message": func(t *testing.T, w *world) {
		a := attack(t, w)
		for range 100 {
			id, err := a.call()
			if err != nil {
				t.Fatal(err)
			}
			if err := a.WriteData(id, false, []byte{0, 0, 0, 16, 0, 10, 26, 'x'}); err != nil {
				t.Fatal(err)
			}
		}
		if ended := a.endedCalls(100); ended != 100 {
			t.Errorf("of 100 calls with half a message %d were ended", ended)
		}
	},
	"calls that are reset": func(t *testing.T, w *world) {
		a := attack(t, w)
		go func() { _, _ = io.Copy(io.Discard, a.Conn) }()
		a.flood(20000, func() error {
			id, err := a.call()
			return errors.Join(err, a.WriteRSTStream(id, http2.ErrCodeCancel))
		})
	},
	"more calls than one connection may have": func(t *testing.T, w *world) {
		a := attack(t, w)
		go func() { _, _ = io.Copy(io.Discard, a.Conn) }()
		a.flood(5000, func() error {
			_, err := a.call()
			return err
		})
	},
	"pings": func(t *testing.T, w *world) {
		a := attack(t, w)
		go a.flood(100000, func() error { return a.WritePing(false, [8]byte{1}) })
		if frames := a.gone(); !strings.Contains(strings.Join(frames, ", "), "GOAWAY ENHANCE_YOUR_CALM") {
			t.Errorf("a flood of pings is told %v", frames)
		}
	},
	"settings, and nothing is read": func(t *testing.T, w *world) {
		a := attack(t, w)
		_ = a.SetDeadline(time.Now().Add(3 * time.Second)) // the server reads no more than it can answer
		for range 1_000_000 {
			if err := a.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1000}); err != nil {
				return
			}
		}
	},
	"a huge header": func(t *testing.T, w *world) {
		a := attack(t, w)
		id := a.next
		block := a.block(hpack.HeaderField{Name: "authorization", Value: strings.Repeat("Bearer aula ", 20000)})
		const frame = 16 << 10
		err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block[:frame]})
		for block = block[frame:]; err == nil && len(block) > 0; block = block[min(frame, len(block)):] {
			err = a.WriteContinuation(id, len(block) <= frame, block[:min(frame, len(block))])
		}
		if err == nil {
			a.refused(id)
		}
	},
	"a header without an end": func(t *testing.T, w *world) {
		a := attack(t, w)
		if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: a.next, BlockFragment: a.block()}); err != nil {
			t.Fatal(err)
		}
		a.headers.Reset()
		_ = a.encoder.WriteField(hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 8000)})
		more := bytes.Clone(a.headers.Bytes())
		sent := 0
		for ; sent < 256<<20; sent += len(more) {
			if err := a.WriteContinuation(a.next, false, more); err != nil {
				a.ended(err)
				return
			}
		}
		t.Errorf("the server took %d bytes of one header", sent)
	},
	"headers in empty pieces": func(t *testing.T, w *world) {
		a := attack(t, w)
		if err := a.WriteHeaders(http2.HeadersFrameParam{StreamID: a.next, BlockFragment: a.block()}); err != nil {
			t.Fatal(err)
		}
		_ = a.SetDeadline(time.Now().Add(3 * time.Second)) // it costs the server no more than the network
		for sent := true; sent; {
			sent = a.WriteContinuation(a.next, false, nil) == nil
		}
	},
	"messages without a length that fits": func(t *testing.T, w *world) {
		a := attack(t, w)
		id, err := a.call()
		if err != nil {
			t.Fatal(err)
		}
		if err := a.WriteData(id, false, []byte{0, 0xff, 0xff, 0xff, 0xff}); err != nil {
			t.Fatal(err)
		}
		a.refused(id)
	},
}

// endedCalls reads until the server has ended so many calls, and answers its pings meanwhile.
func (a *attacker) endedCalls(most int) (ended int) {
	for ended < most {
		frame, err := a.ReadFrame()
		if err != nil {
			return ended
		}
		switch f := frame.(type) {
		case *http2.PingFrame:
			if !f.IsAck() {
				_ = a.WritePing(true, f.Data)
			}
		case *http2.HeadersFrame:
			if f.StreamEnded() {
				ended++
			}
		case *http2.RSTStreamFrame:
			if f.ErrCode != http2.ErrCodeNo { // which follows upon the end
				ended++
			}
		}
	}
	return ended
}

// refused reads until the server has ended a call, or the connection.
func (a *attacker) refused(id uint32) {
	a.Helper()
	for {
		frame, err := a.ReadFrame()
		if err != nil {
			a.ended(err)
			return
		}
		switch f := frame.(type) {
		case *http2.HeadersFrame:
			if f.StreamID == id && f.StreamEnded() {
				return
			}
		case *http2.RSTStreamFrame:
			if f.StreamID == id {
				return
			}
		case *http2.GoAwayFrame:
			return
		}
	}
}

// Whatever an intruder tries, their connection or call is ended, others are served meanwhile,
// and the server holds no more afterwards than before.
func TestAttacks(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.Patience = soon })
	a := w.start(&aulav1.StartAttemptRequest{})
	settle := func() (goroutines int, heap uint64) {
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return runtime.NumGoroutine(), memory.HeapAlloc
	}
	goroutines, heap := settle()
	stop, served := make(chan struct{}), make(chan int, 1)
	go func() { // somebody who plays meanwhile
		n := 0
		for ; ; n++ {
			select {
			case <-stop:
				served <- n
				return
			default:
			}
			if _, err := w.quiz.GetPrompt(t.Context(), &aulav1.GetPromptRequest{Attempt: a.GetId()}); err != nil {
				t.Errorf("others are told %v", err)
			}
		}
	}()
	t.Run("all at once", func(t *testing.T) {
		for name, attack := range attacks {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				attack(t, w)
			})
		}
	})
	close(stop)
	if n := <-served; n < 10 {
		t.Errorf("%d calls were answered meanwhile", n)
	}
	for range 100 { // connections end a moment after what was told on them
		if left, _ := settle(); left <= goroutines+20 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	left, held := settle()
	if left > goroutines+20 || held > heap+64<<20 {
		t.Errorf("%d goroutines and %d MB are left, there were %d and %d", left, held>>20, goroutines, heap>>20)
	}
}
