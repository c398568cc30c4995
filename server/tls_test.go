package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
)

// writeCertificate makes a certificate of that serial number for this machine, and returns
// what trusts it.
func writeCertificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "aula"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(made)
	return pool
}

// A new certificate is served as soon as it is there, and one that is no good never is.
func TestTLS(t *testing.T) {
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	first := writeCertificate(t, cert, key, 1)
	p := launch(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_TLS_CERT="+cert, "AULA_TLS_KEY="+key)
	call := func(trusted *x509.CertPool) error {
		conn, err := grpc.NewClient(p.address, grpc.WithTransportCredentials(credentials.NewTLS(
			&tls.Config{RootCAs: trusted, ServerName: "localhost", MinVersion: tls.VersionTLS13})))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = aulav1.NewCatalogServiceClient(conn).ListSets(t.Context(), &aulav1.ListSetsRequest{})
		return err
	}
	greeting, err := p.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, p.log())
	}
	if err := call(first); err != nil {
		t.Fatalf("%v after %q", err, greeting)
	}
	if _, err := p.call(listSets, `{}`); err == nil {
		t.Error("what is said in the clear is answered")
	}
	if err := os.WriteFile(cert, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := call(first); err != nil {
		t.Errorf("with a file that is no good the certificate there was is not served: %v", err)
	}
	second := writeCertificate(t, cert, key, 2)
	if err := call(second); err != nil {
		t.Errorf("the new certificate is not served: %v", err)
	}
	if err := call(first); err == nil {
		t.Error("the old certificate is served")
	}
	if code, _ := p.interrupt(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// spanish is what Aula says in Spanish, in however many files.
func spanish(t *testing.T) *locales.Bundle {
	t.Helper()
	files, err := filepath.Glob("../locales/*.es.json")
	if err != nil {
		t.Fatal(err)
	}
	sentences := map[string]json.RawMessage{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &sentences)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(sentences)
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := locales.Load(fstest.MapFS{"active.en.json": {Data: []byte("{}")}, "active.es.json": {Data: text}})
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// What would pass over a network in the clear, or cannot be served over TLS, is refused
// before anything is served.
func TestTransportIsRefused(t *testing.T) {
	bundle := spanish(t)
	t.Setenv("LC_ALL", "es")
	cert, key := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	writeCertificate(t, cert, key, 1)
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"beyond loopback": {[]string{"--listen", "0.0.0.0:0"}, "viajarían por la red sin cifrar"},
		"everywhere":      {[]string{"--listen", ":0"}, "--tls-cert"},
		"only half":       {[]string{"--listen", "127.0.0.1:0", "--tls-cert", cert}, "--tls-key"},
		"the other half":  {[]string{"--listen", "127.0.0.1:0", "--tls-key", key}, "--tls-cert"},
		"no such file":    {[]string{"--listen", "127.0.0.1:0", "--tls-cert", "missing.pem", "--tls-key", key}, "missing.pem"},
		"no certificate":  {[]string{"--listen", "127.0.0.1:0", "--tls-cert", key, "--tls-key", cert}, key},
	} {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "aula.db")
			var stdout, stderr bytes.Buffer
			if code := run(append(c.args, "--db", db), bundle, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), c.says) {
				t.Errorf("exit code %d, %s%s", code, &stdout, &stderr)
			}
			if _, err := os.Stat(db); err == nil {
				t.Error("a database was made")
			}
		})
	}
}

// Who asks for it by name is served in the clear on every address.
func TestPlaintextByName(t *testing.T) {
	cmd := aula(t, nil, "--listen", "0.0.0.0:0", "--plaintext", "--db", filepath.Join(t.TempDir(), "aula.db"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	greeting := make([]byte, 200)
	if n, err := out.Read(greeting); err != nil || !strings.Contains(string(greeting[:n]), "Aula") {
		t.Errorf("greeted %q, %v", greeting[:n], err)
	}
}
