package store_test

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aula/server/store"
)

// Each method that is called is told once, what it calls itself is not, and each write
// has waited for its turn and was committed.
func TestObserve(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		var mu sync.Mutex
		var told []string
		tell := func(what string, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			if told = append(told, what); took < 0 {
				t.Errorf("%s took %v", what, took)
			}
		}
		s.Observe = store.Observer{
			Commit: func(writes int, took time.Duration) { tell(fmt.Sprint("commit of ", writes), took) },
			Wait:   func(took time.Duration) { tell("wait", took) },
			Operation: func(got context.Context, op string, took time.Duration) {
				if tell(op, took); got != ctx {
					t.Errorf("%s has another context", op)
				}
			},
		}
		anAttempt(t, s, "first")
		if _, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5)); err != nil {
			t.Fatal(err)
		}
		_, err := s.Log(ctx, "none")
		wantErr(t, err, store.ErrNotFound)
		if _, _, err := s.FinishAttempt(ctx, "first", everything(5), nil, now); err != nil {
			t.Fatal(err)
		}
		var operations []string
		for _, what := range told {
			if what != "wait" && !strings.HasPrefix(what, "commit of ") {
				operations = append(operations, what)
			}
		}
		if want := []string{"Publish", "CreateAttempt", "AddAnswers", "Log", "FinishAttempt"}; !slices.Equal(operations, want) {
			t.Errorf("told of %v, want %v", operations, want)
		}
		if waits := len(slices.DeleteFunc(slices.Clone(told), func(what string) bool { return what != "wait" })); waits != 5 { // the set is published in two steps
			t.Errorf("told %v", told)
		}
		if n := s.Queued(); n != 0 {
			t.Errorf("%d writes wait", n)
		}
	})
}

// Writes that wait are counted.
func TestQueued(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		if strings.HasPrefix(name, "postgres:") {
			t.Skip("writers do not wait for each other to begin")
		}
		s, ctx := open(t, name), t.Context()
		release, done := make(chan struct{}), make(chan error, 3)
		begun := make(chan struct{})
		go func() {
			done <- s.Tx(ctx, func(*store.Store) error { close(begun); <-release; return nil })
		}()
		<-begun
		for range 2 {
			go func() { done <- s.Tx(ctx, func(*store.Store) error { return nil }) }()
		}
		for s.Queued() != 2 {
			time.Sleep(time.Millisecond)
		}
		close(release)
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := s.Queued(); n != 0 {
			t.Errorf("%d writes wait after all are done", n)
		}
	})
}

// Every exported method that goes to the database is told of, under its own name.
func TestEveryOperationIsObserved(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	observed := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !receivesStore(f) || !f.Name.IsExported() || len(f.Type.Params.List) == 0 || f.Name.Name == "Tx" {
				continue
			}
			if first := f.Type.Params.List[0].Names; len(first) == 0 || first[0].Name != "ctx" {
				continue
			}
			if observed++; operationOf(f) != f.Name.Name {
				t.Errorf("%s does not begin with defer s.operation(ctx, %q)()", f.Name.Name, f.Name.Name)
			}
		}
	}
	if observed < 10 {
		t.Errorf("found %d methods only", observed)
	}
}

// receivesStore reports whether f is a method of *Store.
func receivesStore(f *ast.FuncDecl) bool {
	pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := pointer.X.(*ast.Ident)
	return ok && name.Name == "Store"
}

// operationOf returns the name in the defer s.operation(ctx, name)() that f begins with.
func operationOf(f *ast.FuncDecl) string {
	first, ok := f.Body.List[0].(*ast.DeferStmt)
	if !ok {
		return ""
	}
	call, ok := first.Call.Fun.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return ""
	}
	name, ok := call.Args[1].(*ast.BasicLit)
	if !ok {
		return ""
	}
	return strings.Trim(name.Value, `"`)
}
