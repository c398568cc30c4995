package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"sync"
	"time"
)

// SQLite overwrites rows that are deleted (secure_delete), but while it balances a tree it
// copies rows from one page to another and leaves what they were in the unused part of the
// first; and its log holds pages as they were. To wipe is to overwrite the unused part of every
// page in which certain words are, and to empty the log.
type wiper struct {
	mu     sync.Mutex
	next   *wiping    // what the next pass looks for; nil while nobody waits for it
	passes sync.Mutex // the file is read once at a time
}

// wiping is a pass over the file, for all who asked for one while the last was under way.
type wiping struct {
	words [][]byte
	done  chan struct{}
	err   error
}

// shortWord is how short a word is that says nothing of whose it was.
const shortWord = 6 // bytes

// wipe wipes words off the file, which takes a few seconds for each gigabyte. A caller who
// gives up does not end it.
func (s *Store) wipe(ctx context.Context, words ...string) error {
	s.wiper.mu.Lock()
	pass, first := s.wiper.next, s.wiper.next == nil
	if first {
		pass = &wiping{done: make(chan struct{})}
		s.wiper.next = pass
	}
	for _, word := range words {
		if len(word) >= shortWord {
			pass.words = append(pass.words, []byte(word))
		}
	}
	s.wiper.mu.Unlock()
	if !first {
		select {
		case <-pass.done:
			return pass.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s.wiper.passes.Lock()
	defer s.wiper.passes.Unlock()
	s.wiper.mu.Lock()
	s.wiper.next = nil
	s.wiper.mu.Unlock()
	defer close(pass.done)
	pass.err = s.pass(context.WithoutCancel(ctx), pass.words)
	return pass.err
}

const (
	pagesRead    = 4096 // at once: their readers keep the log from being emptied
	pagesWritten = 64   // in one transaction
	// Above this number of pages the number of another page, which is what those that are no
	// part of a tree begin with, could be taken for the kind of a tree's page.
	mostPages = 1 << 25
)

func (s *Store) pass(ctx context.Context, words [][]byte) error {
	var pages, vacuum int
	if err := s.row(ctx, `PRAGMA page_count`, nil, &pages); err != nil {
		return err
	}
	if err := s.row(ctx, `PRAGMA auto_vacuum`, nil, &vacuum); err != nil {
		return err
	}
	// Where it is on, there are pages of yet another kind.
	for from := 1; from <= pages && pages < mostPages && vacuum == 0; from += pagesRead {
		found, err := s.remains(ctx, words, from, min(from+pagesRead-1, pages))
		if err != nil {
			return err
		}
		for len(found) > 0 {
			n := min(len(found), pagesWritten)
			if err := s.overwrite(ctx, found[:n]); err != nil {
				return err
			}
			found = found[n:]
		}
	}
	return s.emptyLog(ctx)
}

// remains lists the pages whose unused part has one of the words.
func (s *Store) remains(ctx context.Context, words [][]byte, from, to int) (found []int, err error) {
	const query = `WITH RECURSIVE numbers (n) AS (VALUES ($1) UNION ALL SELECT n + 1 FROM numbers WHERE n < $2)
		SELECT n, data FROM numbers JOIN sqlite_dbpage ON pgno = n`
	err = s.rows(ctx, query, []any{from, to}, func(rows *sql.Rows) error {
		var number int
		var page sql.RawBytes
		if err := rows.Scan(&number, &page); err != nil {
			return err
		}
		for _, part := range unused(number, page) {
			for _, word := range words {
				if bytes.Contains(part, word) {
					found = append(found, number)
					return nil
				}
			}
		}
		return nil
	})
	return found, err
}

// overwrite writes zeroes over the unused part of pages.
func (s *Store) overwrite(ctx context.Context, numbers []int) error {
	return s.Tx(ctx, func(s *Store) error {
		for _, number := range numbers {
			var page []byte
			if err := s.row(ctx, `SELECT data FROM sqlite_dbpage WHERE pgno = $1`, []any{number}, &page); err != nil {
				return err
			}
			for _, part := range unused(number, page) {
				clear(part)
			}
			if _, err := s.exec(ctx, `UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, number); err != nil {
				return err
			}
		}
		return nil
	})
}

// unused returns the parts of a page that hold nothing: between its list of cells and the
// cells, and where cells were. Only pages of trees have such parts.
// See https://www.sqlite.org/fileformat2.html#b_tree_pages.
func unused(number int, page []byte) (parts [][]byte) {
	head := 0
	if number == 1 {
		head = 100 // the file's own
	}
	if len(page) < head+12 {
		return nil
	}
	list := head
	switch page[head] {
	case 2, 5: // with pages below it
		list += 12
	case 10, 13: // a leaf
		list += 8
	default:
		return nil
	}
	at := func(i int) int { return int(binary.BigEndian.Uint16(page[i:])) }
	from, to := list+2*at(head+3), at(head+5)
	if to == 0 {
		to = 1 << 16
	}
	if from > to || to > len(page) {
		return nil
	}
	parts = append(parts, page[from:to])
	for block := at(head + 1); block != 0; {
		if block < to || block+4 > len(page) {
			return nil
		}
		next, size := at(block), at(block+2)
		if size < 4 || block+size > len(page) || next != 0 && next <= block {
			return nil
		}
		parts = append(parts, page[block+4:block+size])
		block = next
	}
	return parts
}

// The log can be emptied only while nobody reads the file as it was before. How long one try
// waits for that, in milliseconds, and how long there is until the next; for a second and a half
// they are waited for.
const (
	logWait  = "200"
	logPause = 100 * time.Millisecond
	logTries = 5
)

// emptyLog moves all of the log into the file and cuts it off. While somebody reads for long,
// such as another process that makes a copy, that is left to the background.
func (s *Store) emptyLog(ctx context.Context) error {
	for range logTries {
		if done, err := s.tryEmptyLog(ctx); done || err != nil {
			return err
		}
		time.Sleep(logPause)
	}
	all := s.rankings // whose background ends with the store
	all.mu.Lock()
	defer all.mu.Unlock()
	all.start(func() {
		for {
			select {
			case <-all.ctx.Done():
				return
			case <-time.After(time.Second):
			}
			if done, _ := s.tryEmptyLog(all.ctx); done {
				return
			}
		}
	})
	return nil
}

func (s *Store) tryEmptyLog(ctx context.Context) (done bool, err error) {
	conn, err := s.readers.Conn(ctx) // not the writer, which others wait for
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = "+logWait); err != nil {
		return false, err
	}
	var busy, pages, moved int
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err == nil {
		_, err = conn.ExecContext(ctx, "PRAGMA busy_timeout = 5000")
	}
	return busy == 0, s.unavailable(err)
}
