package native

import (
	"strings"
	"unicode/utf8"

	"aula/questions/formats"
)

// spot is where a part of a file begins, from which places in it are counted.
type spot struct{ at, line, column int32 }

var start = spot{line: 1, column: 1}

// to moves on to an offset that is not before the spot.
func (s spot) to(text string, at int32) spot {
	between := text[s.at:at]
	if last := strings.LastIndexByte(between, '\n'); last >= 0 {
		s.line += int32(strings.Count(between, "\n"))
		s.column = 1
		between = between[last+1:]
	}
	s.column += int32(utf8.RuneCountInString(between))
	s.at = at
	return s
}

func (s spot) place() formats.Place {
	return formats.Place{Line: int(s.line), Column: int(s.column)}
}

// problem of a part of the file that begins at a spot.
func (s spot) problem(text string, f fault) formats.Problem {
	p := formats.Problem{Severity: formats.Error, ID: f.id, Args: f.args}
	if f.at >= s.at {
		p.Place = s.to(text, f.at).place()
	} else { // of an alias, what it stands for is above
		p.Place = s.place()
	}
	return p
}

// fault is something wrong in a file, before its place is counted out.
type fault struct {
	at   int32
	id   string // of a sentence
	args map[string]any
}

// mistake is a fault with args, which are names and values in turn.
func mistake(at int32, id string, args ...any) *fault {
	f := &fault{at: at, id: id}
	for i := 0; i+1 < len(args); i += 2 {
		if f.args == nil {
			f.args = map[string]any{}
		}
		f.args[args[i].(string)] = args[i+1] //nolint:errcheck,forcetypeassert // names are constants
	}
	return f
}
