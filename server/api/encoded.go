package api

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// withEncoded adds fields to a message that are encoded already, so that what many callers
// are told is encoded once.
//
// In its wire form a message is its fields one after the other, in any order, and those of
// two encodings put end to end are the fields of both. What a message holds of fields it
// does not know is written as it is, after those it knows: a receiver cannot tell encoded
// fields that were put there from others. Here they can only be sent on: the getters of m
// do not see them.
func withEncoded[M proto.Message](m M, fields []byte) M {
	m.ProtoReflect().SetUnknown(slices.Clip(fields))
	return m
}

// withField is withEncoded for a field that is a message.
func withField[M proto.Message](m M, number protowire.Number, message []byte) M {
	field := make([]byte, 0, protowire.SizeTag(number)+protowire.SizeBytes(len(message)))
	return withEncoded(m, protowire.AppendBytes(protowire.AppendTag(field, number, protowire.BytesType), message))
}

// fieldNumber is the number of a field that there is.
func fieldNumber(m proto.Message, name protoreflect.Name) protowire.Number {
	return m.ProtoReflect().Descriptor().Fields().ByName(name).Number()
}
