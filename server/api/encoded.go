package api

import "google.golang.org/protobuf/proto"

// carry has a message carry fields that are in wire form already. They go where unknown
// fields do: encoding a message copies those as they are, and whoever decodes it finds the
// fields in their place. So what many callers are told is encoded once. Within this process
// the fields cannot be read back, and none of them may be set otherwise.
func carry(m proto.Message, fields []byte) { m.ProtoReflect().SetUnknown(fields) }
