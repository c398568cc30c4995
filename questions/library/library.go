// Package library turns teachers' files into sets and back. It finds out a file's format,
// reads it, recognises the questions that were there before, brings translations together,
// and tells what changes. It keeps nothing and writes nothing.
package library
