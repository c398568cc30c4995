package sets

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strings"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// To read, check and expand the sets takes a server longer than all else it does to start,
// so published/ holds what comes of it: an index, and a set a file. A test holds them to
// the YAML files and to the rules by which facts ask; whoever changes either runs
// `go generate ./questions/sets`.
//
//go:generate go test -run ^TestPublishedAreCurrent$ . -update

const indexName = "published/index.json"

// Set is a shipped set as it is published: with the questions that its facts ask for, so
// that a later Aula, which may derive others, does not change attempts under way.
type Set struct {
	ID        string
	Title     map[string]string // by language (BCP 47)
	Language  string            // the one to fall back to
	Questions int
	Source    string // SHA-256 of the YAML file it was made of, hex
	Content   []byte `json:"-"` // aula.v1.QuestionSet, deterministic wire form

	name string // of the YAML file
	text []byte
}

// Authored reads the set as its author wrote it, which takes a while.
func (s *Set) Authored() (*aulav1.QuestionSet, error) { return Parse(s.name, s.text) }

// Expand checks a set and writes out the questions that its facts ask for.
type Expand func(*aulav1.QuestionSet) (*aulav1.QuestionSet, error)

// Published gives the sets as they are published, in the order of Shipped. It reads and
// expands only those whose YAML file was edited since they were made, so that an author
// sees an edit at once; the error may then be one of Parse or of expand.
func Published(expand Expand) ([]*Set, error) { return published(files, expand) }

func published(fsys fs.FS, expand Expand) ([]*Set, error) {
	text, err := fs.ReadFile(fsys, indexName)
	if err != nil {
		return nil, err
	}
	var index map[string]*Set // by the name of the YAML file
	if err := json.Unmarshal(text, &index); err != nil {
		return nil, err
	}
	return each(fsys, func(name string, text []byte) (*Set, error) {
		set := index[name]
		if set == nil || set.Source != sum(text) {
			return publish(name, text, expand)
		}
		set.name, set.text = name, text
		set.Content, err = fs.ReadFile(fsys, contentName(name))
		return set, err
	})
}

// publish makes of a YAML file what is published.
func publish(name string, text []byte, expand Expand) (*Set, error) {
	source, err := Parse(name, text)
	if err != nil {
		return nil, err
	}
	set, err := expand(source)
	if err != nil {
		return nil, err
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	return &Set{
		ID: set.GetId(), Title: set.GetTitle(), Language: set.GetLanguage(), Questions: len(set.GetQuestions()),
		Source: sum(text), Content: content, name: name, text: text,
	}, err
}

// contentName is the file of published/ that holds a set's content.
func contentName(name string) string {
	return "published/" + strings.TrimSuffix(name, ".yaml") + ".binpb"
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
