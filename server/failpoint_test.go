package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"aula/server/failpoint"
)

// Where a server can be made to die, and bugs can be planted in it, is only in a binary that was
// built for that. The one that runs this test holds the whole server; with -tags failpoints it
// holds them too, and this test fails where it could not tell.
func TestNoFailpoints(t *testing.T) {
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// Put together here, so that the test itself is not what is found.
	for _, part := range []string{
		strings.Join([]string{"AULA", "FAILPOINT"}, "_"),
		strings.Join([]string{"acknowledge", "before", "commit"}, "-"),
		strings.Join([]string{"aula/server/failpoint", "arm"}, "."),
		strings.Join([]string{"SELECT", "passing()"}, " "),
	} {
		if has := bytes.Contains(binary, []byte(part)); has != failpoint.Built {
			t.Errorf("built with failpoints: %v; it contains %q: %v", failpoint.Built, part, has)
		}
	}
}
