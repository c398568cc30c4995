package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// perConnection is how many clients share a connection, to every server alike: with fewer
// of them the kernel's share of each call grows, and the servers look more alike.
const perConnection = 32

// target is a gRPC server and the connections to it.
type target struct {
	*process
	conns  []*grpc.ClientConn
	stored func() (int, error) // counts the answers in its database
}

// connect opens what n clients need.
func (t *target) connect(n int) error {
	for len(t.conns) < max(1, n/perConnection) {
		conn, err := grpc.NewClient(t.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw{})))
		if err != nil {
			return err
		}
		t.conns = append(t.conns, conn)
	}
	return nil
}

// close closes the connections and stops the server.
func (t *target) close() {
	for _, conn := range t.conns {
		_ = conn.Close()
	}
	t.stop()
}

// raw is a codec that leaves messages as they are on the wire, so that every server's
// client costs the same, and little. A reply is dropped where nobody asks for it.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(message any) (mem.BufferSlice, error) {
	wire, ok := message.([]byte)
	if !ok {
		return nil, fmt.Errorf("%T is not in wire form", message)
	}
	return mem.BufferSlice{mem.SliceBuffer(wire)}, nil
}

func (raw) Unmarshal(wire mem.BufferSlice, into any) error {
	if reply, ok := into.(*[]byte); ok && reply != nil {
		*reply = wire.Materialize()
	}
	return nil
}

// call makes a call and decodes its reply.
func (t *target) call(ctx context.Context, method string, request, reply proto.Message) error {
	if err := t.connect(1); err != nil {
		return err
	}
	wire, err := proto.Marshal(request)
	if err != nil {
		return err
	}
	var answer []byte
	if err := t.conns[0].Invoke(ctx, method, wire, &answer); err != nil {
		return err
	}
	return proto.Unmarshal(answer, reply)
}

// calls returns n clients of a method. Each sends what its own next returns; nil is that
// nothing is left.
func (t *target) calls(n int, method string, next func(client int) func() []byte) ([]func(context.Context) error, error) {
	if err := t.connect(n); err != nil {
		return nil, err
	}
	clients := make([]func(context.Context) error, n)
	for i := range clients {
		conn, request := t.conns[i%len(t.conns)], next(i)
		clients[i] = func(ctx context.Context) error {
			wire := request()
			if wire == nil {
				return errDry
			}
			return conn.Invoke(ctx, method, wire, (*[]byte)(nil))
		}
	}
	return clients, nil
}

// exchange is what one call carries each way, in wire form.
type exchange struct{ request, reply []byte }

// record makes a call to learn what it carries.
func (t *target) record(ctx context.Context, method string, request proto.Message) (e exchange, err error) {
	if err = t.connect(1); err != nil {
		return e, err
	}
	if e.request, err = proto.Marshal(request); err != nil {
		return e, err
	}
	return e, t.conns[0].Invoke(ctx, method, e.request, &e.reply)
}

// repeat is a contender whose clients make the same calls over and over, each from another
// one on.
func (t *target) repeat(name, method string, requests [][]byte) *contender {
	return &contender{name: name, process: t.process, clients: func(n int) ([]func(context.Context) error, error) {
		return t.calls(n, method, func(client int) func() []byte {
			i := client * len(requests) / n
			return func() []byte {
				i++
				return requests[i%len(requests)]
			}
		})
	}}
}

// echoOf is the echo of these calls, or of some of them where there are very many. What it
// is given to reply with is set for each run, because one echo stands for several methods.
func (b *bench) echoOf(calls []exchange) *contender {
	calls = calls[:min(len(calls), 2000)]
	var requests [][]byte
	var replies bytes.Buffer
	for _, e := range calls {
		requests = append(requests, padded(e.request))
		reply := padded(e.reply)
		replies.Write(binary.AppendUvarint(nil, uint64(len(reply))))
		replies.Write(reply)
	}
	c := b.echo.repeat("echo", echoCall, requests)
	c.prepare = func(int) error {
		return b.echo.call(b.ctx, echoSet, &wrapperspb.BytesValue{Value: replies.Bytes()}, &wrapperspb.BytesValue{})
	}
	return c
}

func requests(calls []exchange) (wires [][]byte) {
	for _, e := range calls {
		wires = append(wires, e.request)
	}
	return wires
}

// pool hands out each of its messages once.
type pool struct {
	messages [][]byte
	taken    atomic.Int64
}

// fill makes n new messages in place of those that are there.
func (p *pool) fill(n int, message func(i int) ([]byte, error)) error {
	p.messages = p.messages[:0]
	p.taken.Store(0)
	for i := range n {
		m, err := message(i)
		if err != nil {
			return err
		}
		p.messages = append(p.messages, m)
	}
	return nil
}

// take returns nil when nothing is left.
func (p *pool) take() []byte {
	if i := int(p.taken.Add(1)) - 1; i < len(p.messages) {
		return p.messages[i]
	}
	return nil
}
