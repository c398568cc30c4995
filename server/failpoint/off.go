//go:build !failpoints

package failpoint

// Built reports whether there are failpoints in this binary.
const Built = false

// Pass kills the process if it was armed for this passage of a point.
func Pass(Point) {}

// Fail returns an error if the point was armed, and every so many passages.
func Fail(Point) error { return nil }

// Planted reports whether a bug was planted.
func Planted(Bug) bool { return false }
