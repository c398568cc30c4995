//go:build failpoints

package store

import (
	"database/sql/driver"
	"io/fs"
	"strings"
	"testing/fstest"

	"modernc.org/sqlite"

	"aula/server/failpoint"
)

func init() {
	sqlite.MustRegisterScalarFunction("passing", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		failpoint.Pass(failpoint.Migrating)
		return nil, nil
	})
}

// interruptible returns migrations in which the process can be killed after every statement.
func interruptible(files fs.FS, d dialect) fs.FS {
	if d.shared {
		return files
	}
	passing := fstest.MapFS{}
	names, _ := fs.Glob(files, "*.sql") // its pattern is well formed
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return files
		}
		up, down, _ := strings.Cut(string(text), "-- +goose Down")
		up = strings.ReplaceAll(up, ";\n", ";\nSELECT passing();\n")
		passing[name] = &fstest.MapFile{Data: []byte(up + "-- +goose Down" + down)}
	}
	return passing
}
