package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"errors"
	"flag"
	"math/big"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what scripts print into their files, where they compare it with one")

// TestScripts runs what teachers type, in testdata/script, against the real binary. Beside
// testscript's own commands there are:
//
//	serve FLAG...            starts a server on aula.db, at $SERVER, until the script ends;
//	                         what it logs is in server.log
//	certificate NAME HOST    makes NAME.pem and NAME.key for that host, signed by ca.pem
//	edit FILE OLD NEW        replaces the only OLD in a file
//	exits CODE COMMAND       is exec of what ends with that exit code
//	sql DATABASE STATEMENT   changes a SQLite file as no Aula does
//	damage FILE              writes over the middle of a file
//	capture NAME PATTERN     sets $NAME to what the pattern's group finds in standard output
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LC_ALL", "en_US.UTF-8")
			env.Setenv("TZ", "UTC")
			env.Setenv("SERVER", freeAddress(t))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":       scriptServe,
			"certificate": scriptCertificate,
			"edit":        scriptEdit,
			"exits":       scriptExits,
			"capture":     scriptCapture,
			"sql":         scriptSQL,
			"damage":      scriptDamage,
		},
	})
}

func scriptServe(ts *testscript.TestScript, neg bool, flags []string) {
	self, err := os.Executable()
	ts.Check(err)
	cmd := exec.Command(self, append([]string{"serve", "--listen", ts.Getenv("SERVER"), "--db", "aula.db"}, flags...)...)
	cmd.Env = []string{asAula + "=1", "LC_ALL=en"}
	cmd.Dir = ts.MkAbs(".")
	log, err := os.Create(ts.MkAbs("server.log"))
	ts.Check(err)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
		_ = log.Close()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil { // it says where it serves
		ts.Fatalf("aula does not serve: %v", err)
	}
}

func scriptEdit(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, args[1]) != 1 {
		ts.Fatalf("%s has %q %d times", args[0], args[1], strings.Count(text, args[1]))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	ts.Logf("exit code %d", code)
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s\n%s%s", code, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("standard output has no %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

func scriptSQL(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sql DATABASE STATEMENT")
	}
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(args[1])
	ts.Check(errors.Join(err, db.Close()))
}

func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: damage FILE")
	}
	content, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	copy(content[len(content)/3:2*len(content)/3], bytes.Repeat([]byte("garbage "), len(content)))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}

func scriptCertificate(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: certificate NAME HOST")
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "A school"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: args[1]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if address := net.ParseIP(args[1]); address != nil {
		own.IPAddresses = []net.IP{address}
	} else {
		own.DNSNames = []string{args[1]}
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	write := func(file, kind string, content []byte, err error) {
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(file), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
	}
	signed, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	write("ca.pem", "CERTIFICATE", signed, err)
	signed, err = x509.CreateCertificate(rand.Reader, own, authority, &key.PublicKey, authorityKey)
	write(args[0]+".pem", "CERTIFICATE", signed, err)
	write(args[0]+".key", "PRIVATE KEY", encodedKey, nil)
}
