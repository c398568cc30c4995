package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// maxReply is the largest message taken from a server, in bytes: a report lists a thousand
// changes.
const maxReply = 64 << 20

// connection is which Aula a command works with: a database on this machine or, over the
// network, a server. Either way the command is a gRPC client.
type connection struct {
	DB        string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.own_db"`
	Server    string `placeholder:"HOST:PORT" help:"cli.help.server"`
	Key       string `placeholder:"KEY" help:"cli.help.key"`
	KeyFile   string `placeholder:"FILE" help:"cli.help.key_file"`
	CA        string `name:"ca" placeholder:"FILE" help:"cli.help.ca"`
	Plaintext bool   `help:"cli.help.plaintext_client"`

	pretend bool // where there is no database yet, work on an empty one that leaves no trace
}

// work has a command do its work with a connection. Ctrl-C gives up the call under way; a
// second one ends the process at once. Where create is set, a database that is not there
// yet is made.
func (c *connection) work(t *terminal, create bool, do func(context.Context, grpc.ClientConnInterface) error) error {
	ctx, stop := untilInterrupted()
	defer stop()
	if c.Server == "" {
		return c.local(ctx, t, create, do)
	}
	return c.remote(ctx, t, do)
}

// remote dials the server.
func (c *connection) remote(ctx context.Context, t *terminal, do func(context.Context, grpc.ClientConnInterface) error) error {
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil || host == "" {
		return misuse("cli.error.server_address", map[string]any{"Server": c.Server})
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	transport, err := c.transport(ctx, host, key)
	if err != nil {
		return err
	}
	conn, err := grpc.NewClient("dns:///"+c.Server,
		grpc.WithTransportCredentials(transport),
		grpc.WithPerRPCCredentials(headers{language: t.language.String(), key: key}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReply)),
	)
	if err != nil {
		return misuse("cli.error.server_address", map[string]any{"Server": c.Server})
	}
	defer conn.Close()
	err = do(ctx, conn)
	if s, ok := status.FromError(err); ok && s.Code() == codes.Unavailable && len(s.Details()) == 0 {
		return unreachable(c.Server, transport.failure())
	}
	return err
}

// key is what the flags or the environment say; "" where they say nothing.
func (c *connection) key() (string, error) {
	key := c.Key
	if c.KeyFile != "" && key == "" {
		text, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return "", unread(c.KeyFile, err)
		}
		key = string(text)
	}
	key = strings.TrimSpace(key)
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", misuse("cli.error.key_malformed", nil)
	}
	return key, nil
}

// transport is TLS, except where it is done without by name and, on this machine, where the
// server has none. A key leaves this machine only under TLS.
func (c *connection) transport(ctx context.Context, host, key string) (*watchedTransport, error) {
	local := isLocal(c.Server)
	switch {
	case c.Plaintext && c.CA != "":
		return nil, misuse("cli.error.plaintext_ca", nil)
	case c.Plaintext && !local && key != "":
		return nil, misuse("cli.error.plaintext_key", map[string]any{"Server": c.Server})
	case c.Plaintext, local && c.CA == "" && !speaksTLS(ctx, c.Server, host):
		return &watchedTransport{TransportCredentials: insecure.NewCredentials()}, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, unread(c.CA, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, misuse("cli.error.ca", map[string]any{"File": c.CA})
		}
	}
	return &watchedTransport{TransportCredentials: credentials.NewTLS(config)}, nil
}

// headers go with every call.
type headers struct{ language, key string }

func (h headers) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	md := map[string]string{"accept-language": h.language}
	if h.key != "" {
		md["authorization"] = "Bearer " + h.key
	}
	return md, nil
}

// RequireTransportSecurity is false because connection.transport has seen to it: a key may
// go to this machine without TLS.
func (headers) RequireTransportSecurity() bool { return false }

// unreachable says why a server cannot be reached.
func unreachable(server string, handshake error) error {
	args := map[string]any{"Server": server}
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(handshake, &authority) && isLocal(server):
		return &toldError{"cli.error.unknown_authority_here", args}
	case errors.As(handshake, &authority):
		return &toldError{"cli.error.unknown_authority", args}
	case errors.As(handshake, &host) && len(host.Certificate.DNSNames)+len(host.Certificate.IPAddresses) == 0:
		return &toldError{"cli.error.nameless_certificate", args}
	case errors.As(handshake, &host):
		return &toldError{"cli.error.other_host", args}
	case errors.As(handshake, &invalid) && invalid.Reason == x509.Expired:
		return &toldError{"cli.error.certificate_expired", args}
	case errors.As(handshake, &invalid):
		return &toldError{"cli.error.certificate", args}
	case errors.As(handshake, &record):
		return &toldError{"cli.error.no_tls", args}
	}
	return &toldError{"cli.error.unreachable", args}
}
