package native

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// reader reads one file.
type reader struct {
	ctx      context.Context   // that ends it early
	document *formats.Document // with nothing in its set, until finish
	text     string
	decoding int // problems of the encoding

	// rest is the tree of all but the questions or, where the file was read at once, of
	// everything.
	rest *tree
	root int32

	parse func(t *tree, p part) (int32, *fault) // of a question

	kept  []part           // where the questions of the document stand
	facts map[string][]int // by the name of another list: which of its entries were kept

	seen    int  // questions
	failed  int  // of them are no YAML or JSON
	tooMany bool // questions
	looked  int  // bytes, for the ends of questions
}

func newReader(ctx context.Context, data []byte) (*reader, error) {
	r := &reader{ctx: ctx, document: newDocument(), rest: &tree{most: maxNodes}, facts: map[string][]int{}}
	text, err := r.document.Decode(data)
	r.text, r.decoding = text, len(r.document.Problems)
	r.rest.reset()
	return r, err
}

func newDocument() *formats.Document {
	return &formats.Document{Set: &aulav1.QuestionSet{}}
}

// finish gives what was read, in the order of the file.
func (r *reader) finish(err *fault) (*formats.Document, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, &formats.Unreadable{Place: start.to(r.text, err.at).place(), ID: err.id, Args: err.args}
	}
	r.document.Set = r.set()
	slices.SortStableFunc(r.document.Problems, func(a, b formats.Problem) int {
		return cmp.Or(cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Column, b.Place.Column))
	})
	r.document.Where = r.where
	return r.document, nil
}

// round is how many questions are read before their problems are put together. A file of
// mistakes does not get to take more memory than that.
const round = 4096

// manyProblems is after how many only the first of each question is told.
const manyProblems = 10 * formats.MaxProblems

// result is what became of a part.
type result struct {
	wire     []byte // of the question; nil where it is wrong
	at       spot   // of its first field
	problems formats.Problems
	failed   bool // no YAML or JSON
}

// questions reads some parts and gives how many it took: all up to the first that fails, if
// it is to stop there. Where nobody waits for them any longer it takes none.
func (r *reader) questions(parts []part, stop bool) int {
	results := make([]result, min(round, len(parts)))
	for from := 0; from < len(parts); from += round {
		some := parts[from:min(len(parts), from+round)]
		parallel.Until(r.ctx, len(some), func(i int) { results[i] = r.question(some[i]) })
		if r.ctx.Err() != nil {
			return len(parts)
		}
		for i := range some {
			if results[i].failed && stop {
				return from + i
			}
			if !r.take(some[i], &results[i]) {
				return len(parts)
			}
		}
	}
	return len(parts)
}

// take adds a question to the document. It reports false where that is full.
func (r *reader) take(p part, result *result) bool {
	if result.failed {
		r.failed++
	}
	if r.seen++; r.seen > formats.MaxQuestions {
		r.tooMany = true
		r.document.Problems.Add(formats.Error, p.place(), "", "rule.repeated.max_items",
			"Field", "questions", "Count", formats.MaxQuestions)
		return false
	}
	r.tell(result.problems)
	if result.wire != nil {
		r.document.Packed = append(r.document.Packed, result.wire)
		r.document.Places = append(r.document.Places, result.at.place())
		r.kept = append(r.kept, p)
	}
	return true
}

// tell notes what is wrong with a question or the like.
func (r *reader) tell(problems formats.Problems) {
	if len(r.document.Problems) > manyProblems && len(problems) > 1 {
		problems = problems[:1]
	}
	r.document.Problems = append(r.document.Problems, problems...)
}

// worker is what reads one question after the other.
type worker struct {
	tree    tree
	reading reading
}

var workers = sync.Pool{New: func() any { return newWorker() }}

func newWorker() *worker { return &worker{tree: tree{most: maxQuestionNodes}} }

// question reads one.
func (r *reader) question(p part) result {
	w, ok := workers.Get().(*worker)
	if !ok || len(w.tree.nodes) > 10_000 {
		w = newWorker()
	}
	defer workers.Put(w)
	t, n, err := r.tree(&w.tree, p)
	if err != nil {
		problem := p.problem(r.text, *err)
		problem.Question, problem.Key = labelIn(r.text[p.at:p.end])
		return result{failed: true, problems: formats.Problems{problem}}
	}
	q := &aulav1.Question{}
	result := result{at: p.to(r.text, max(p.at, t.nodes[n].at))}
	result.problems = w.read(r.text, t, n, p.spot, q, setSchema().byName["questions"].message)
	if result.problems == nil {
		var err error
		if result.wire, err = packed.Pack(q); err == nil {
			return result
		}
		// In base64 YAML can say what is no text.
		result.problems.Add(formats.Error, result.at.place(), "", "library.invalid", "Reason", err.Error())
	}
	label, key := t.label(n), t.said(n, "id", "key")
	for i := range result.problems {
		result.problems[i].Question, result.problems[i].Key = label, key
	}
	return result
}

// tree gives the tree that a part is in.
func (r *reader) tree(t *tree, p part) (*tree, int32, *fault) {
	switch {
	case p.node != 0:
		return r.rest, p.node, nil
	case p.stray:
		return t, 0, mistake(p.at, "format.native.yaml_indent")
	}
	t.reset()
	n, err := r.parse(t, p)
	return t, n, err
}

// read fills a message from a node and gives what is wrong with it; prefix is its path.
func (w *worker) read(text string, t *tree, n int32, from spot, m proto.Message, s *schema, prefix ...step) formats.Problems {
	w.reading.t, w.reading.path, w.reading.faults = t, append(w.reading.path[:0], prefix...), w.reading.faults[:0]
	w.reading.message(m.ProtoReflect(), s, n)
	if len(w.reading.faults) == 0 {
		w.reading.check(m, n)
	}
	if len(w.reading.faults) == 0 {
		return nil
	}
	var problems formats.Problems
	for _, f := range w.reading.faults {
		problems = append(problems, from.problem(text, f))
	}
	return problems
}
