// Package sets holds the question sets that come with Aula, as data.
package sets

import (
	"embed"
	"fmt"
	"io/fs"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

//go:embed *.yaml published
var files embed.FS

// Shipped reads the sets as they were written, in the order of their file names.
func Shipped() ([]*aulav1.QuestionSet, error) { return each(files, Parse) }

// each reads every YAML file, in the order of their names.
func each[T any](fsys fs.FS, read func(name string, text []byte) (T, error)) ([]T, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	var sets []T
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		set, err := read(name, text)
		if err != nil {
			return nil, fmt.Errorf("shipped set %s: %w", name, err)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// Parse reads a set file: aula.v1.QuestionSet in YAML or JSON. The error names every
// mistake with its line and column; name is what it calls the file.
func Parse(name string, text []byte) (*aulav1.QuestionSet, error) {
	set := &aulav1.QuestionSet{}
	options := protoyaml.UnmarshalOptions{Path: name, Validator: validator{}}
	if err := options.Unmarshal(text, set); err != nil {
		return nil, err
	}
	return set, nil
}

// validator checks the constraints in the proto while protoyaml still knows the lines.
type validator struct{}

func (validator) Validate(m proto.Message) error { return protovalidate.Validate(m) }
