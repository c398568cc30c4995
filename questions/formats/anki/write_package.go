package anki

import (
	"archive/zip"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// WritePackage writes a set as a package that Anki imports, in the first of the languages.
// The same set gives the same package. The problems are what Anki cannot say; the error is
// one of w.
func WritePackage(out io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	w := newWriter(set, languages)
	data, err := w.database()
	if err != nil {
		return w.problems, err
	}
	z := zip.NewWriter(out)
	add := func(name string, method uint16, content []byte) error {
		member, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			return err
		}
		_, err = member.Write(content)
		return err
	}
	if err := add(collections[1], zip.Deflate, data); err != nil {
		return w.problems, err
	}
	list := map[string]string{}
	for i, id := range slices.Sorted(maps.Keys(w.files)) {
		list[strconv.Itoa(i)] = w.files[id]
		// Pictures and sounds are packed as tightly as can be.
		if err := add(strconv.Itoa(i), zip.Store, w.media[id].GetData()); err != nil {
			return w.problems, err
		}
	}
	names, err := json.Marshal(list)
	if err != nil {
		return w.problems, err
	}
	if err := add("media", zip.Deflate, names); err != nil {
		return w.problems, err
	}
	return w.problems, z.Close()
}
