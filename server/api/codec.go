package api

import (
	"bytes"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/protoadapt"

	aulav1 "aula/proto/aula/v1"
)

// lenientCodec is gRPC's own, but that what cannot be read of a caller's message is left for
// check to refuse. gRPC itself would tell them of it, in English, as a fault of the server's.
type lenientCodec struct{ encoding.CodecV2 }

func newCodec() lenientCodec { return lenientCodec{encoding.GetCodecV2(proto.Name)} }

// unreadable marks a message that could not be read: a field that none has. Who sends it marks
// their own.
var unreadable = protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), 1)

// Unmarshal reads what it can.
func (c lenientCodec) Unmarshal(data mem.BufferSlice, v any) error {
	err := c.CodecV2.Unmarshal(data, v)
	if m, ok := v.(protoadapt.MessageV2); ok && err != nil {
		m.ProtoReflect().SetUnknown(unreadable)
		return nil //nolint:nilerr // check says so
	}
	return err
}

func isUnreadable(m protoadapt.MessageV2) bool {
	return bytes.Equal(m.ProtoReflect().GetUnknown(), unreadable)
}

func cannotRead() error {
	e := fail(codes.InvalidArgument, aulav1.ErrorReason_INVALID_REQUEST)
	e.sentence = "error.INVALID_REQUEST.unreadable"
	return e
}
