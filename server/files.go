package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// errDirectory: a directory was named where a file should be.
var errDirectory = syscall.EISDIR

// unreadError is a file that cannot be read.
type unreadError struct{ toldError }

func (e *unreadError) Unwrap() error { return &e.toldError }

func unread(file string, err error) error {
	args := map[string]any{"File": file}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &unreadError{toldError{"cli.file.missing", args}}
	case errors.Is(err, fs.ErrPermission):
		return &unreadError{toldError{"cli.file.forbidden", args}}
	case errors.Is(err, errDirectory):
		return &unreadError{toldError{"cli.file.directory", args}}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err // without the name of the file
	}
	args["Reason"] = err.Error()
	return &unreadError{toldError{"cli.file.unread", args}}
}

// unwritten says why a file cannot be written.
func unwritten(file string, err error) error {
	args := map[string]any{"File": file}
	if errors.Is(err, fs.ErrExist) {
		return &toldError{"cli.file.exists", args}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	args["Reason"] = err.Error()
	return &toldError{"cli.file.unwritten", args}
}

// output is a file that is there whole or not at all. It is for its owner alone: sets hold
// what is right.
type output struct {
	*os.File
	want    string // that it shall have
	replace bool
}

// createOutput makes a file. One that is there is replaced if that is asked for, and only
// once the new one is whole.
func createOutput(name string, replace bool) (o *output, err error) {
	o = &output{want: name, replace: replace}
	if replace {
		o.File, err = os.CreateTemp(filepath.Dir(name), strings.TrimPrefix(filepath.Base(name), ".")+".*.part")
	} else {
		o.File, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return nil, unwritten(name, err)
	}
	return o, nil
}

// keep ends the file and gives it its name.
func (o *output) keep() error {
	err := o.Close()
	if err == nil && o.replace {
		err = os.Rename(o.Name(), o.want)
	}
	if err != nil {
		return errors.Join(unwritten(o.want, err), os.Remove(o.Name()))
	}
	return nil
}

// discard leaves things as they were.
func (o *output) discard() error { return errors.Join(o.Close(), os.Remove(o.Name())) }
