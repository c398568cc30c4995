//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// cluster is three PostgreSQL servers, each with its Patroni, and their etcd.
type cluster struct {
	drill    *drill
	nodes    []*node
	etcd     *process
	password string
}

// node is one of them. Its fields are what patroni.yml asks for, too.
type node struct {
	Name             string
	Dir, Bin         string
	Port, REST, Etcd int
	Password, Tags   string
	patroni          *process
}

//go:embed patroni.yml
var patroniYML string

var patroniTemplate = template.Must(template.New("patroni.yml").Parse(patroniYML))

// startCluster returns when all three are there, and the database for Aula.
func (d *drill) startCluster(ctx context.Context) error {
	programs, err := findPrograms()
	if err != nil {
		return err
	}
	const nodes = 3
	ports, err := freePorts(ctx, 2+2*nodes)
	if err != nil {
		return err
	}
	c := &cluster{drill: d, password: strings.ToLower(rand.Text())}
	d.cluster = c
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	c.etcd, err = d.start("etcd", programs.etcd, "--name", "drill", "--data-dir", filepath.Join(d.dir, "etcd", "data"),
		"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster", "drill="+peer)
	if err != nil {
		return err
	}
	for i := range nodes {
		name := fmt.Sprintf("node%d", i+1)
		n := &node{
			Name: name, Dir: filepath.Join(d.dir, name), Bin: programs.postgresql,
			Port: ports[2+2*i], REST: ports[3+2*i], Etcd: ports[0], Password: c.password,
		}
		c.nodes = append(c.nodes, n)
		if err := c.configure(n); err != nil {
			return err
		}
		if err := c.startPatroni(n, programs.patroni); err != nil {
			return err
		}
	}
	if _, err := c.whole(ctx); err != nil {
		return err
	}
	return c.createDatabase(ctx)
}

type programs struct {
	etcd, patroni string
	postgresql    string // the folder
}

func findPrograms() (p programs, err error) {
	const hint = "%w (try --install)"
	if p.etcd, err = exec.LookPath("etcd"); err != nil {
		return p, fmt.Errorf(hint, err)
	}
	if p.patroni, err = exec.LookPath("patroni"); err != nil {
		return p, fmt.Errorf(hint, err)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_rewind")
	if len(found) == 0 {
		return p, fmt.Errorf(hint, errors.New("there is no PostgreSQL in /usr/lib/postgresql"))
	}
	p.postgresql = filepath.Dir(found[len(found)-1])
	return p, nil
}

// configure writes the configuration of a node into its folder.
func (c *cluster) configure(n *node) error {
	if err := c.drill.ownFolder(n.Dir); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := patroniTemplate.Execute(&text, n); err != nil {
		return err
	}
	name := filepath.Join(n.Dir, "patroni.yml")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil || c.drill.user == nil {
		return err
	}
	return os.Chown(name, int(c.drill.user.Uid), int(c.drill.user.Gid))
}

func (c *cluster) startPatroni(n *node, program string) (err error) {
	n.patroni, err = c.drill.start(n.Name, program, filepath.Join(n.Dir, "patroni.yml"))
	return err
}

// restart brings a node back that was killed.
func (c *cluster) restart(n *node) error {
	return c.startPatroni(n, n.patroni.cmd.Path)
}

// createDatabase makes the database and its owner.
func (c *cluster) createDatabase(ctx context.Context) error {
	leader, err := c.leader(ctx)
	if err != nil {
		return err
	}
	db, err := c.open(leader, "postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE ROLE aula LOGIN PASSWORD '" + c.password + "'", // letters and digits only
		"CREATE DATABASE aula OWNER aula",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// open connects to one node as its superuser.
func (c *cluster) open(n *node, database string) (*sql.DB, error) {
	return sql.Open("pgx", c.url("postgres", fmt.Sprintf("127.0.0.1:%d", n.Port), database))
}

// aulaURL is the one that aula is given: of all nodes, of which it takes the one that writes.
func (c *cluster) aulaURL() string {
	var hosts []string
	for _, n := range c.nodes {
		hosts = append(hosts, fmt.Sprintf("127.0.0.1:%d", n.Port))
	}
	return c.url("aula", strings.Join(hosts, ","), "aula") + "?sslmode=disable&target_session_attrs=read-write"
}

func (c *cluster) url(user, hosts, database string) string {
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(user, c.password), Host: hosts, Path: database}).String()
}

// member is a node as Patroni sees it.
type member struct {
	Name, Role, State string
	Timeline          int
}

// members asks the first Patroni that answers.
func (c *cluster) members(ctx context.Context) (members []member, err error) {
	err = errors.New("no Patroni answers")
	for _, n := range c.nodes {
		var answer struct{ Members []member }
		text, failed := n.ask(ctx, http.MethodGet, "/cluster", nil)
		if failed == nil {
			failed = json.Unmarshal(text, &answer)
		}
		if failed == nil {
			return answer.Members, nil
		}
		err = failed
	}
	return nil, err
}

// ask calls the node's Patroni.
func (n *node) ask(ctx context.Context, method, path string, body any) ([]byte, error) {
	wire, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("http://127.0.0.1:%d%s", n.REST, path)
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(wire))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s%s: %s: %s", n.Name, path, response.Status, text)
	}
	return text, err
}

// leader is the node that Patroni has lead.
func (c *cluster) leader(ctx context.Context) (*node, error) {
	members, err := c.members(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		for _, n := range c.nodes {
			if m.Role == "leader" && n.Name == m.Name {
				return n, nil
			}
		}
	}
	return nil, fmt.Errorf("no node leads: %+v", members)
}

// whole waits until one leads, and two follow that commits wait for.
func (c *cluster) whole(ctx context.Context) (leader *node, err error) {
	err = until(ctx, c.drill.Bound, func(ctx context.Context) error {
		if err := c.alive(); err != nil {
			return err
		}
		members, err := c.members(ctx)
		if err != nil {
			return err
		}
		roles := map[string]int{}
		for _, m := range members {
			if (m.State == "running" || m.State == "streaming") && m.Timeline == members[0].Timeline {
				roles[m.Role]++
			}
		}
		if roles["leader"] != 1 || roles["sync_standby"] != 2 {
			return fmt.Errorf("the cluster is not whole: %+v", members)
		}
		leader, err = c.leader(ctx)
		if err != nil {
			return err
		}
		return c.follow(ctx, leader, "sync", 2)
	})
	return leader, err
}

// follow looks in a node itself whether so many standbys take its log in that state.
func (c *cluster) follow(ctx context.Context, n *node, state string, standbys int) error {
	db, err := c.open(n, "postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	var found int
	const query = `SELECT COUNT(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = $1`
	if err := db.QueryRowContext(ctx, query, state).Scan(&found); err != nil {
		return err
	}
	if found != standbys {
		return fmt.Errorf("%s has %d standbys that are %s, not %d", n.Name, found, state, standbys)
	}
	return nil
}

func (c *cluster) alive() error {
	if err := c.etcd.alive(); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := n.patroni.alive(); err != nil {
			return err
		}
	}
	return nil
}

// postmaster is the process that started all others of the node's PostgreSQL.
func (n *node) postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(n.Dir, "data", "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// kill ends all of a node at one moment, as pulling its plug would.
func (n *node) kill() error {
	postmaster, err := n.postmaster()
	if err != nil {
		return err
	}
	// So that it starts nothing between the look at its processes and their end.
	for _, id := range []int{n.patroni.cmd.Process.Pid, postmaster} {
		if err := syscall.Kill(id, syscall.SIGSTOP); err != nil {
			return err
		}
	}
	killBelow(n.Dir)
	<-n.patroni.ended
	return nil
}

// stopWalsenders stops the processes that send the log to the standbys, which then have
// nothing to confirm, while the leader notices nothing.
func (n *node) stopWalsenders() (stopped int) {
	for _, id := range below(filepath.Join(n.Dir, "data")) {
		if strings.Contains(titleOf(id), "walsender") && syscall.Kill(id, syscall.SIGSTOP) == nil {
			stopped++
		}
	}
	return stopped
}
