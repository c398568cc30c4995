package main

import (
	"context"
	"net"
	"sync"

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
