package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
)

// pocketbaseGo is the toolchain that PocketBase wants; the go command fetches it.
const pocketbaseGo = "go1.27.0"

// startPocketbase serves a database of that name. Where PocketBase cannot be had it returns
// nil, and a note says why.
func (b *bench) startPocketbase(name string) *process {
	if b.Quick {
		b.report.note("PocketBase is left out of a quick run.")
		return nil
	}
	p, err := b.tryPocketbase(name)
	if err != nil {
		b.report.note("PocketBase is left out. %v", err)
		return nil
	}
	b.report.note("PocketBase runs with its defaults: SQLite with synchronous=NORMAL, no rate limit. Its collection has Aula's " +
		"fields and one unique index, and it neither grades nor keeps a score.")
	return p
}

// tryPocketbase builds the module in ./pocketbase the first time.
func (b *bench) tryPocketbase(name string) (*process, error) {
	binary := b.file("pocketbase")
	if _, err := os.Stat(binary); err != nil {
		b.progress("building PocketBase")
		cmd := exec.CommandContext(b.ctx, "go", "build", "-o", binary, ".")
		cmd.Dir = filepath.Join(b.root, "server", "bench", "pocketbase")
		cmd.Env = append(cmd.Environ(), "GOTOOLCHAIN="+pocketbaseGo, "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building it: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	address, err := freeAddress(b.ctx)
	if err != nil {
		return nil, err
	}
	return b.start("pocketbase-"+name, address, binary, "serve", "--http", address, "--dir", b.file("pocketbase-"+name))
}

// records is the contender that creates a record for each answer, over HTTP connections
// that are kept, one a client.
func (b *bench) records(p *process, known answers) *contender {
	var bodies pool
	return &contender{
		name:    "PocketBase",
		process: p,
		stored:  b.storedIn(p.name + "/data.db"),
		prepare: func(calls int) error { return bodies.fill(calls, bodyOf(known)) },
		clients: func(n int) ([]func(context.Context) error, error) {
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n, DisableCompression: true}}
			call := func(ctx context.Context) error {
				body := bodies.take()
				if body == nil {
					return errDry
				}
				return post(ctx, client, "http://"+p.address+"/api/collections/answers/records", body)
			}
			return slices.Repeat([]func(context.Context) error{call}, n), nil
		},
	}
}

// bodyOf makes records of what Aula would keep of answers: each attempt answers every
// question once.
func bodyOf(known answers) func(i int) ([]byte, error) {
	questions := slices.Sorted(maps.Keys(known[languages[0]]))
	var attempt string
	return func(i int) ([]byte, error) {
		if i%len(questions) == 0 {
			attempt = rand.Text()
		}
		language, question := languages[i/len(questions)%len(languages)], questions[i%len(questions)]
		variants := known[language][question]
		answer, err := protojson.Marshal(variants[i%len(variants)])
		if err != nil {
			return nil, err
		}
		return json.Marshal(map[string]any{
			"attempt": attempt, "question": question, "request_id": uuid.NewString(),
			"answer": json.RawMessage(answer), "language": language, "points": 10,
		})
	}
}

func post(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, text)
	}
	return err
}

// pocketbase compares durable answers with PocketBase's creation of records.
func (b *bench) pocketbase() error {
	p := b.startPocketbase("records")
	if p == nil {
		return nil
	}
	defer p.stop()
	t, err := b.startAula("pocketbase")
	if err != nil {
		return err
	}
	defer t.close()
	counter, err := b.newCounter(t)
	if err != nil {
		return err
	}
	n := b.clients(64)
	taken, err := b.compare("pocketbase", n, counter.submit(b.ctx), b.records(p, counter.known))
	if err != nil {
		return err
	}
	b.report.absolute("pocketbase", taken)
	aula, other := taken["SubmitAnswer"], taken["PocketBase"]
	b.report.row(fmt.Sprintf("SubmitAnswer, %d clients, on disk: answers a second against PocketBase's records", n),
		ratio(aula, other, sample.perSecond), atLeast(6, 10))
	b.report.row(fmt.Sprintf("SubmitAnswer, %d clients, on disk: server CPU an answer, PocketBase's against Aula's", n),
		ratio(other, aula, sample.cpuEach), atLeast(8, 12))
	return nil
}
