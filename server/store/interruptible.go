//go:build !failpoints

package store

import "io/fs"

// interruptible returns migrations in which the process can be killed where it has failpoints.
func interruptible(files fs.FS, _ dialect) fs.FS { return files }
