package formats

import (
	"bytes"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encodings that Text reads.
const (
	UTF8        = "UTF-8"
	UTF16       = "UTF-16"
	Windows1252 = "Windows-1252"
)

var utf8Mark = []byte("\uFEFF")

// Text decodes a text file and tells its encoding: UTF-8 with or without a byte order mark,
// UTF-16 with one, and Windows-1252 for whatever is neither, as spreadsheets of older
// systems write it. The mark is taken off. Text in UTF-8 shares its memory with data, which
// must not be changed any more. The error is an *Unreadable.
func Text(data []byte) (text, encoding string, err error) {
	switch {
	case bytes.HasPrefix(data, utf8Mark) && utf8.Valid(data):
		return shared(data[len(utf8Mark):]), UTF8, nil
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}), bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		decoded, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", "", &Unreadable{ID: "format.bad_encoding"}
		}
		return string(decoded), UTF16, nil
	case utf8.Valid(data):
		return shared(data), UTF8, nil
	case bytes.IndexByte(data, 0) >= 0:
		return "", "", &Unreadable{ID: "format.not_text"}
	}
	decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", &Unreadable{ID: "format.bad_encoding"}
	}
	return string(decoded), Windows1252, nil
}

// shared is data as a string without a copy, which would be as large as the file.
func shared(data []byte) string {
	return unsafe.String(unsafe.SliceData(data), len(data)) //nolint:gosec // whoever hands in a file does not change it
}

// Decode is Text that notes in the document what the reader should know of the encoding.
func (d *Document) Decode(data []byte) (string, error) {
	text, encoding, err := Text(data)
	if encoding == Windows1252 {
		d.Problems.Add(Warning, Place{}, "", "format.windows_1252")
	}
	return text, err
}
