package store

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// unheard has a connection end when what was sent on it is not confirmed by the other machine's
// network in that time: where it is gone without a word, the system would go on for a quarter
// of an hour.
func unheard(network, _ string, c syscall.RawConn) error {
	if network == "unix" {
		return nil
	}
	var refused error
	err := c.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unheardFor.Milliseconds()))
	})
	if err == nil {
		err = refused
	}
	return err
}
