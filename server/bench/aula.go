package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// set is what the measured attempts are at: all its kinds of questions, as it is shipped.
const set = "ecuador-foreign-bases"

// buildAula builds the binary as a user would.
func (b *bench) buildAula() error {
	root, err := b.output("go", "list", "-m", "-f", "{{.Dir}}", "aula")
	if err != nil {
		return err
	}
	b.root = strings.TrimSpace(root)
	if b.binary = b.Aula; b.binary != "" {
		return nil
	}
	b.binary = b.file("aula")
	b.progress("building aula")
	_, err = b.output("go", "build", "-o", b.binary, "aula/server")
	return err
}

// output runs a program and returns what it prints.
func (b *bench) output(program string, args ...string) (string, error) {
	cmd := exec.CommandContext(b.ctx, program, args...)
	cmd.Dir = b.root
	text, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, failed.Stderr)
	}
	return string(text), err
}

// file is a path in the folder that is removed in the end.
func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }

// startAula serves the database of that name.
func (b *bench) startAula(name string) (*target, error) {
	address, err := freeAddress(b.ctx)
	if err != nil {
		return nil, err
	}
	p, err := b.start("aula-"+name, address, b.binary, "serve", "--listen", address, "--db", b.file(name+".db"))
	if err != nil {
		return nil, err
	}
	t := &target{process: p, stored: b.storedIn(name + ".db")}
	// It listens before it serves.
	return t, t.call(b.ctx, aulav1.CatalogService_ListSets_FullMethodName, &aulav1.ListSetsRequest{}, &aulav1.ListSetsResponse{})
}

// startAttempt starts an attempt at all questions of the set.
func (t *target) startAttempt(ctx context.Context, language string) (*aulav1.Attempt, error) {
	a := &aulav1.Attempt{}
	return a, t.call(ctx, aulav1.QuizService_StartAttempt_FullMethodName, &aulav1.StartAttemptRequest{
		Set: set, Language: language, Nickname: "Ana", QuestionCount: 200,
	}, a)
}

// languages are those of the learners, in turn.
var languages = []string{"es-EC", "en"}
