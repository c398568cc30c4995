package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns both ends of a terminal: where it is watched, and where it is
// written to.
func openTerminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skip("there are no terminals here: ", err)
	}
	return screen, tty
}

// On a terminal problems are coloured, unless NO_COLOR is set, and files that are not text
// are not shown.
func TestOnATerminal(t *testing.T) {
	broken := writeFile(t, "broken.yaml", strings.Replace(factsSet, "fact: height", "fact: width", 1))
	for _, c := range []struct {
		name        string
		environment string
		args        []string
		code        int
		want, not   string
	}{
		{"colours", "NO_COLOR=", []string{"check", broken}, 1, "\x1b[31merror\x1b[0m", ""},
		{"no colours", "NO_COLOR=1", []string{"check", broken}, 1, "error", "\x1b"},
		{"a text", "", []string{"template", "--format", "csv"}, 0, "Ottawa", ""},
		{"a binary file", "", []string{"template", "--format", "xlsx"}, 2, "Name a file with --output", "PK"},
	} {
		t.Run(c.name, func(t *testing.T) {
			screen, tty := openTerminal(t)
			cmd := aula(t, []string{"LC_ALL=en", c.environment}, c.args...)
			cmd.Stdout, cmd.Stderr = tty, tty
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			tty.Close()
			shown, _ := io.ReadAll(screen) // ends with an error once nobody can write
			_ = cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
			if !strings.Contains(string(shown), c.want) || c.not != "" && strings.Contains(string(shown), c.not) {
				t.Errorf("shown is\n%q\nwant in it %q and not %q", shown, c.want, c.not)
			}
		})
	}
}
