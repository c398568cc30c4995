package main

import (
	"os/exec"
	"testing"
)

// Only SIGKILL counts as what a failpoint does: neither an exit code nor another signal.
func TestKilled(t *testing.T) {
	for script, want := range map[string]bool{
		"kill -KILL $$": true,
		"kill -TERM $$": false,
		"kill -ABRT $$": false,
		"exit 0":        false,
		"exit 2":        false,
		"exit 137":      false,
	} {
		if err := exec.CommandContext(t.Context(), "sh", "-c", script).Run(); killed(err) != want {
			t.Errorf("killed after %s: %v", script, err)
		}
	}
}
