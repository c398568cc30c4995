package main

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc/credentials"
)

// watchedTransport remembers why the last handshake failed: gRPC tells it in a sentence
// alone, and not in the caller's language.
type watchedTransport struct {
	credentials.TransportCredentials

	mu   sync.Mutex
	last error
}

// ClientHandshake is that of the transport.
func (w *watchedTransport) ClientHandshake(ctx context.Context, name string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.TransportCredentials.ClientHandshake(ctx, name, raw)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = err
	return conn, info, err
}

// Clone returns the same: there is one connection to watch.
func (w *watchedTransport) Clone() credentials.TransportCredentials { return w }

func (w *watchedTransport) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// isLocal reports whether a server is on this machine.
func isLocal(server string) bool {
	host, _, err := net.SplitHostPort(server)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

// speaksTLS reports whether a server on this machine shows a certificate. Whether that is to
// be trusted is for the connection to find out.
func speaksTLS(ctx context.Context, server, host string) bool {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	shown := false
	dialer := tls.Dialer{Config: &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: host, NextProtos: []string{"h2"},
		InsecureSkipVerify: true, //nolint:gosec // nothing is said over this connection
		VerifyConnection: func(tls.ConnectionState) error {
			shown = true
			return nil
		},
	}}
	if conn, err := dialer.DialContext(ctx, "tcp", server); err == nil {
		_ = conn.Close()
	}
	return shown
}
