package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The echo is what gRPC costs by itself: a grpc-go server with no options and its own
// codec, whose one method takes google.protobuf.BytesValue and returns another. To stand
// for a call of Aula it is told beforehand, with Set, the replies to give, as long in
// bytes as Aula's; it decodes what it is asked and encodes what it answers, as any server
// must, and gives the replies in turn. It does no less and no more.

const (
	echoCall = "/bench.Echo/Call"
	echoSet  = "/bench.Echo/Set"
)

type echoCommand struct {
	Listen string `required:""`
}

// Run serves until SIGINT or SIGTERM.
func (c *echoCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "bench.Echo",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Call", Handler: echoMethod((*echo).call)},
			{MethodName: "Set", Handler: echoMethod((*echo).set)},
		},
	}, &echo{})
	go func() {
		<-ctx.Done()
		server.Stop()
	}()
	return server.Serve(listener)
}

// echo gives its replies in turn.
type echo struct {
	replies atomic.Pointer[[]*wrapperspb.BytesValue]
	given   atomic.Uint64
}

func (e *echo) call(*wrapperspb.BytesValue) (*wrapperspb.BytesValue, error) {
	replies := *e.replies.Load()
	return replies[e.given.Add(1)%uint64(len(replies))], nil
}

// set takes the replies to give, each with its length before it.
func (e *echo) set(packed *wrapperspb.BytesValue) (*wrapperspb.BytesValue, error) {
	var replies []*wrapperspb.BytesValue
	for r := bytes.NewReader(packed.GetValue()); r.Len() > 0; {
		reply := &wrapperspb.BytesValue{}
		if err := protodelim.UnmarshalFrom(r, reply); err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	e.replies.Store(&replies)
	return &wrapperspb.BytesValue{}, nil
}

// padded is a google.protobuf.BytesValue in wire form that is as long as message, which it
// carries but for the bytes that its own field takes. It is a byte longer where no
// BytesValue has that length.
func padded(message []byte) []byte {
	carried := len(message)
	for carried > 0 && 1+protowire.SizeBytes(carried-1) >= len(message) {
		carried--
	}
	wire, err := proto.Marshal(&wrapperspb.BytesValue{Value: message[:carried]})
	if err != nil {
		panic(err) // bytes always have a wire form
	}
	return wire
}

// echoMethod is what protoc-gen-go-grpc would generate for a method.
func echoMethod(method func(*echo, *wrapperspb.BytesValue) (*wrapperspb.BytesValue, error)) grpc.MethodHandler {
	return func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		in := &wrapperspb.BytesValue{}
		if err := decode(in); err != nil {
			return nil, err
		}
		e, ok := srv.(*echo)
		if !ok {
			return nil, errors.New("not the echo")
		}
		return method(e, in)
	}
}

// startEcho runs this very binary as the echo.
func (b *bench) startEcho() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	address, err := freeAddress(b.ctx)
	if err != nil {
		return err
	}
	p, err := b.start("echo", address, self, "echo", "--listen", address)
	b.echo = &target{process: p}
	return err
}
