package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

var postgres = dialect{
	engine: "postgresql",
	goose:  goose.DialectPostgres,
	migration: func() ([]goose.ProviderOption, error) {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 60))
		return []goose.ProviderOption{goose.WithSessionLocker(locker)}, err
	},
	open:      openPostgres,
	display:   redacted,
	shared:    true,
	forUpdate: " FOR UPDATE",
	mark:      `SELECT pg_logical_emit_message(TRUE, 'aula', '')`,
	snapshot:  sql.LevelRepeatableRead,
	commit:    commitPostgres,
	retries:   postgresRetries,
	unavailable: func(err error) bool {
		return postgresRetries(err) > 0 || postgresCode(err, "08", "53", "55P03", "57", "58")
	},
}

// connections is how many a process has at most.
const connections = 16

// connectTimeout is how long the host of a URL that names no connect_timeout may take to
// answer, before the next one is asked.
const connectTimeout = 3 * time.Second

// connectionLife is how long a connection is used. A network that forgets about one tells nobody.
const connectionLife = 10 * time.Minute

// unheardFor is how long the machine of a server may be silent before it is taken for gone. One
// whose process is at work, or waits for a standby, is not silent: its system answers.
const unheardFor = 4 * time.Second

var dialer = &net.Dialer{
	Control:         unheard,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 2 * time.Second, Interval: time.Second, Count: 2},
}

func openPostgres(_ context.Context, name string) (readers, writers *sql.DB, err error) {
	config, err := pgx.ParseConfig(name)
	if err != nil {
		return nil, nil, err
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	config.DialFunc = dialer.DialContext
	config.OnNotice = noteWarning
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, setUp)
		if err != nil {
			err = errors.Join(err, conn.Close(ctx))
		}
		return err
	}))
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxLifetime(connectionLife)
	return db, db, nil
}

// setUp makes a connection fit to acknowledge by: its commits wait for the disk, and for the
// standbys that the server is told to wait for. What a process holds that has stopped, others
// may have after a minute.
const setUp = `SELECT set_config('synchronous_commit', 'on', FALSE) WHERE current_setting('synchronous_commit') IN ('off', 'local')
	UNION ALL SELECT set_config('idle_in_transaction_session_timeout', '60s', FALSE)
	WHERE current_setting('idle_in_transaction_session_timeout') = '0'`

// warning is where a connection keeps the last warning that came on it.
const warning = "aula.warning"

func noteWarning(conn *pgconn.PgConn, n *pgconn.Notice) {
	if n.SeverityUnlocalized == "WARNING" {
		conn.CustomData()[warning] = n
	}
}

// errUnconfirmed is of a commit that has happened on the server, and that its standby may not have.
var errUnconfirmed = errors.New("store: committed with a warning")

// commitPostgres commits what was begun with database/sql.
func commitPostgres(conn *sql.Conn, begun *sql.Tx) error {
	// Not while the connection is held, which begun.Commit takes for itself.
	var c *pgx.Conn
	err := conn.Raw(func(driverConn any) (err error) {
		c, err = pgxOf(driverConn)
		return err
	})
	if err != nil {
		return errors.Join(err, begun.Rollback())
	}
	return confirmed(c, begun.Commit)
}

// confirmed commits. A server that is told to end its wait for a standby commits all the same,
// and only warns: it is the one warning a commit can bring. What it is about is there to be
// seen, and is gone if the server is; so it is not acknowledged. It is run again: it finds what
// it did, and its commit waits for the standby in turn.
func confirmed(c *pgx.Conn, commit func() error) error {
	data := c.PgConn().CustomData() // of a connection that nobody else uses now
	delete(data, warning)
	if err := commit(); err != nil {
		return err
	}
	if n, ok := data[warning].(*pgconn.Notice); ok {
		return fmt.Errorf("%w: %s (SQLSTATE %s)", errUnconfirmed, n.Message, n.Code)
	}
	return nil
}

// withPgx runs f on a connection as pgx has it. One that is left in a transaction, because f
// has failed, is not used again.
func withPgx(conn *sql.Conn, f func(*pgx.Conn) error) error {
	return conn.Raw(func(driverConn any) error {
		c, err := pgxOf(driverConn)
		if err == nil {
			err = f(c)
		}
		if err != nil && c != nil {
			_ = c.Close(context.Background())
		}
		return err
	})
}

func pgxOf(driverConn any) (*pgx.Conn, error) {
	c, ok := driverConn.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("not a connection of pgx: %T", driverConn)
	}
	return c.Conn(), nil
}

// How often a transaction is run again: five times where it collided with others, which is over
// in a tenth of a second. One that has lost its server, for the five seconds it may take for
// another to take its place; what takes longer is for the client to wait for.
const (
	retriesOfCollision = retries
	retriesOfLoss      = 12
)

func postgresRetries(err error) int {
	switch {
	case postgresCode(err, "40001", "40P01"):
		return retriesOfCollision
	case postgresLost(err):
		return retriesOfLoss
	}
	return 0
}

// postgresLost reports whether the server is lost that a transaction was on, or that there is none:
// it was shut down or crashed, it starts, it is no longer the one that writes, the network is
// broken. Whether it had committed is not known. The connection is of no more use.
func postgresLost(err error) bool {
	if _, told := errors.AsType[*pgconn.PgError](err); told {
		return postgresCode(err, "08", "57P01", "57P02", "57P03", "57P05", "25006", "25P03", "40003", "53300")
	}
	if _, connecting := errors.AsType[*pgconn.ConnectError](err); connecting { // with a time limit of its own
		return true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false // the caller's
	}
	var network net.Error
	return errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errUnconfirmed)
}

// postgresCode reports whether err has an SQLSTATE that starts with one of these.
func postgresCode(err error, prefixes ...string) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	for _, prefix := range prefixes {
		if strings.HasPrefix(e.Code, prefix) {
			return true
		}
	}
	return false
}

// patient reads from a pool, and again where the server is lost before there was an answer.
type patient struct {
	*sql.DB
	s *Store
}

// QueryContext is as of *sql.DB.
func (p patient) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	err = p.s.retry(ctx, func(int) error {
		rows, err = p.DB.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // the caller's
		return err
	})
	return rows, err
}
