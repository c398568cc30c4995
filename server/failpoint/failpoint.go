// Package failpoint names the places where a server under test may be made to die, and the bugs
// that may be planted in it. Nothing of it is in a binary that was not built with the tag
// failpoints: there its functions are empty, and calls of them vanish.
//
// In one that was, the environment's AULA_FAILPOINT says what happens: names after commas. A
// point stands with the passage at which the process kills itself, as in "before-commit:17"; a
// bug stands alone.
package failpoint

// Point is a place that a process passes.
type Point string

// The places.
const (
	Enqueued              Point = "enqueued"               // a write waits for the writer
	BeforeCommit          Point = "before-commit"          // all of a batch is written, none committed
	AfterCommit           Point = "after-commit"           // nobody has been told
	BeforeAcknowledgement Point = "before-acknowledgement" // the caller is about to be told
	Migrating             Point = "migrating"              // between two statements of a migration
	Loading               Point = "loading"                // a set is being published
	BackingUp             Point = "backing-up"             // a backup has no name yet, or is not yet on disk under it

	// Writing is a statement that is about to change something. Nobody dies here: every
	// so-manieth fails.
	Writing Point = "writing"
)

// Points are those at which a process dies.
var Points = []Point{Enqueued, BeforeCommit, AfterCommit, BeforeAcknowledgement, Migrating, Loading, BackingUp}

// Bug is a mistake that the tests of crashes have to find.
type Bug string

// The bugs.
const (
	AcknowledgeEarly Bug = "acknowledge-before-commit"
	SyncNormal       Bug = "synchronous-normal"
	NoSavepoint      Bug = "no-savepoint" // what a write has changed before it failed stays
	SkippedUndo      Bug = "skipped-undo" // a fold counts what was taken back
)
