package anki

import "google.golang.org/protobuf/encoding/protowire"

// Newer packages hold small messages of Anki's own protocol buffers. The few fields that
// matter are looked up as they are needed; a damaged message has none.

// eachField calls visit for every field of a message: with its value where that is an
// integer, with its bytes where it has a length.
func eachField(message []byte, visit func(number protowire.Number, value uint64, data []byte)) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		var value uint64
		var data []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return
		}
		visit(number, value, data)
		message = message[n:]
	}
}

// uintField is the integer in a field of a message, 0 where there is none.
func uintField(message []byte, wanted protowire.Number) (found uint64) {
	eachField(message, func(number protowire.Number, value uint64, _ []byte) {
		if number == wanted {
			found = value
		}
	})
	return found
}

// bytesField is the bytes in a field of a message, nil where there is none.
func bytesField(message []byte, wanted protowire.Number) (found []byte) {
	eachField(message, func(number protowire.Number, _ uint64, data []byte) {
		if number == wanted {
			found = data
		}
	})
	return found
}
