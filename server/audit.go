package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// operator is who works on the database itself: whoever may write it may do everything.
var operator = store.Actor{Role: aulav1.AccessKey_ADMIN}

type auditCommand struct {
	Last int    `env:"-" default:"100" placeholder:"N" help:"cli.help.audit_last"`
	JSON bool   `name:"json" env:"-" help:"cli.help.audit_json"`
	DB   string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.own_db"`
}

// auditPage is how many lines are read at a time.
const auditPage = 1000

// Run tells what was changed and by whom, the newest first.
func (c *auditCommand) Run(t *terminal) error {
	if c.Last < 1 {
		return misuse("cli.error.last", map[string]any{"Last": c.Last})
	}
	return withDatabase(c.DB, "--db", func(ctx context.Context, db *store.Store) error {
		table := t.table("cli.audit.at", "cli.audit.who", "cli.audit.from", "cli.audit.what")
		for left, before := c.Last, ""; left > 0; {
			lines, err := db.AuditLog(ctx, before, min(left, auditPage))
			if err != nil {
				return err
			}
			for _, line := range lines {
				if !c.JSON {
					table.row(line.At.Local().Format("2006-01-02 15:04:05"), t.actor(line.Actor), line.Address, t.action(line))
				} else if err := t.auditJSON(line); err != nil {
					return err
				}
			}
			if len(lines) < min(left, auditPage) {
				break
			}
			left -= len(lines)
			before = lines[len(lines)-1].ID
		}
		if c.JSON {
			return nil
		}
		return table.print()
	})
}

// actor says who somebody is.
func (t *terminal) actor(a store.Actor) string {
	switch {
	case a.Role == aulav1.AccessKey_ROLE_UNSPECIFIED:
		return t.text("cli.audit.server", nil)
	case a.Role == aulav1.AccessKey_LEARNER:
		return t.role(a.Role)
	case a.Key == "":
		return t.text("cli.audit.operator", nil)
	}
	return fmt.Sprintf("%s (%s, %s)", a.Name, t.role(a.Role), a.Key)
}

// actions are what can be done, in words.
var actions = map[store.Action]string{
	store.LoadedSet:        "cli.audit.load_set",
	store.DraftedSet:       "cli.audit.draft_set",
	store.PublishedDraft:   "cli.audit.publish_draft",
	store.RestoredRevision: "cli.audit.restore_revision",
	store.ArchivedSet:      "cli.audit.archive_set",
	store.UnarchivedSet:    "cli.audit.unarchive_set",
	store.ShippedSet:       "cli.audit.ship_set",
	store.CreatedKey:       "cli.audit.create_key",
	store.RevokedKey:       "cli.audit.revoke_key",
	store.ExportedLearner:  "cli.audit.export_learner",
	store.ErasedLearner:    "cli.audit.erase_learner",
	store.Repaired:         "cli.audit.repair",
}

// action says what somebody did.
func (t *terminal) action(line store.Audited) string {
	id, known := actions[line.Action]
	if !known {
		return string(line.Action) + " " + line.Subject
	}
	subject := line.Subject
	if line.Holder != "" {
		subject = fmt.Sprintf("%s (%s, %s)", subject, line.Holder, t.role(line.HolderRole))
	}
	return t.text(id, map[string]any{"Subject": subject, "Revision": line.Revision})
}

// auditJSON prints a line for programs.
func (t *terminal) auditJSON(line store.Audited) error {
	role := func(r aulav1.AccessKey_Role) string {
		if r == aulav1.AccessKey_ROLE_UNSPECIFIED {
			return ""
		}
		return r.String()
	}
	return json.NewEncoder(t.stdout).Encode(struct {
		At       time.Time    `json:"at"`
		Key      string       `json:"key,omitempty"`
		Role     string       `json:"role,omitempty"`
		Name     string       `json:"name,omitempty"`
		Address  string       `json:"address,omitempty"`
		Action   store.Action `json:"action"`
		Subject  string       `json:"subject,omitempty"`
		Revision int32        `json:"revision,omitempty"`
		Holder   string       `json:"holder,omitempty"`
		As       string       `json:"holder_role,omitempty"`
	}{
		line.At, line.Key, role(line.Role), line.Name, line.Address, line.Action, line.Subject, line.Revision,
		line.Holder, role(line.HolderRole),
	})
}
