package main

import (
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// transport says how callers are spoken to on an address: over TLS or, with nil, in the
// clear, which beyond this machine has to be asked for by name.
func (c *serveCommand) transport(bound net.Addr, log *slog.Logger) (*tls.Config, error) {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return nil, &toldError{"cli.error.tls_pair", nil}
	}
	if c.TLSCert != "" {
		pair := &certificate{cert: c.TLSCert, key: c.TLSKey, log: log}
		if err := pair.read(); err != nil {
			return nil, &toldError{"cli.error.tls", map[string]any{"Cert": c.TLSCert, "Key": c.TLSKey, "Reason": err.Error()}}
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get}, nil
	}
	if at, ok := bound.(*net.TCPAddr); !c.Plaintext && (!ok || !at.IP.IsLoopback()) {
		return nil, &toldError{"cli.error.plaintext_beyond", map[string]any{"Address": c.Listen}}
	}
	return nil, nil //nolint:nilnil // no TLS is a way to serve, and no error
}

// certificate is a pair of files that may change while they are in use: a certificate ends
// after some months, and another takes its place. Whether they have changed is looked at
// when a connection opens, which costs next to nothing beside the handshake.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu   sync.Mutex
	good *tls.Certificate
	seen [2]stamp // of the files as they were last read
}

// stamp tells apart what a file held at two times.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(file string) (s stamp) {
	if info, err := os.Stat(file); err == nil {
		s = stamp{info.ModTime(), info.Size()}
	}
	return s
}

// read reads the files. What is no good does not take the place of what was.
func (c *certificate) read() error {
	c.seen = [2]stamp{stampOf(c.cert), stampOf(c.key)}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.good = &pair
	}
	return err
}

// get is the certificate for a new connection.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen != [2]stamp{stampOf(c.cert), stampOf(c.key)} {
		// Of two files that are written one after the other the first does not fit yet: once
		// the other has changed, too, both are read again.
		if err := c.read(); err != nil {
			c.log.Error("certificate", slog.Any("error", err))
		} else {
			c.log.Info("certificate read again")
		}
	}
	return c.good, nil
}
