package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// keyCommand handles the keys that say who a caller is.
type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"cli.help.key_create"`
	List   keyListCommand   `cmd:"" help:"cli.help.key_list"`
	Revoke keyRevokeCommand `cmd:"" help:"cli.help.key_revoke"`
}

// roles are those a key may be made for.
var roles = map[string]aulav1.AccessKey_Role{"teacher": aulav1.AccessKey_TEACHER, "admin": aulav1.AccessKey_ADMIN}

type keyCreateCommand struct {
	Role     string `env:"-" default:"teacher" enum:"teacher,admin" placeholder:"ROLE" help:"cli.help.role"`
	Name     string `env:"-" required:"" placeholder:"NAME" help:"cli.help.name"`
	Lifetime string `env:"-" placeholder:"365d" help:"cli.help.lifetime"`
	Teacher  string `env:"-" placeholder:"ID" help:"cli.help.teacher"`
	connection
}

// Run makes a key. The key alone goes to standard output: `aula key create … > key` keeps it.
func (c *keyCreateCommand) Run(t *terminal) error {
	request := &aulav1.CreateKeyRequest{Role: roles[c.Role], Name: c.Name, Teacher: c.Teacher}
	if c.Lifetime != "" {
		lifetime, ok := parseLifetime(c.Lifetime)
		if !ok {
			return misuse("cli.error.lifetime", map[string]any{"Lifetime": c.Lifetime})
		}
		request.Lifetime = durationpb.New(lifetime)
	}
	err := c.work(t, true, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		created, err := aulav1.NewKeyServiceClient(conn).CreateKey(ctx, request)
		if err != nil {
			return err
		}
		t.warn("cli.key.created", map[string]any{"ID": created.GetKey().GetId(), "Name": created.GetKey().GetName()})
		fmt.Fprintln(t.stdout, created.GetSecret())
		return nil
	})
	if errors.Is(err, context.Canceled) || status.Code(err) == codes.Canceled {
		return &toldError{"cli.error.key_interrupted", nil}
	}
	return err
}

// parseLifetime reads days, as 365d, or what Go calls a duration.
func parseLifetime(text string) (time.Duration, bool) {
	const day = 24 * time.Hour
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * day, err == nil && n > 0 && n < int(math.MaxInt64/day)
	}
	lifetime, err := time.ParseDuration(text)
	return lifetime, err == nil && lifetime > 0
}

type keyListCommand struct{ connection }

// Run lists the keys, without what makes them secret.
func (c *keyListCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		client := aulav1.NewKeyServiceClient(conn)
		table := t.table("cli.key.id", "cli.key.role", "cli.key.teacher", "cli.key.made", "cli.key.state", "cli.key.name")
		for request := (&aulav1.ListKeysRequest{}); ; {
			page, err := client.ListKeys(ctx, request)
			if err != nil {
				return err
			}
			for _, key := range page.GetKeys() {
				table.row(key.GetId(), t.role(key.GetRole()), key.GetTeacher(), day(key.GetCreatedAt()), t.stateOfKey(key), key.GetName())
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				return table.print()
			}
		}
	})
}

func (t *terminal) role(role aulav1.AccessKey_Role) string {
	switch role {
	case aulav1.AccessKey_TEACHER:
		return t.text("cli.key.role_teacher", nil)
	case aulav1.AccessKey_ADMIN:
		return t.text("cli.key.role_admin", nil)
	default:
		return t.text("cli.key.role_learner", nil)
	}
}

// stateOfKey says whether a key is good.
func (t *terminal) stateOfKey(key *aulav1.AccessKey) string {
	switch {
	case key.GetRevokedAt() != nil:
		return t.text("cli.key.revoked", map[string]any{"Day": day(key.GetRevokedAt())})
	case key.GetExpiresAt() == nil:
		return t.text("cli.key.good", nil)
	case key.GetExpiresAt().AsTime().Before(time.Now()):
		return t.text("cli.key.expired", map[string]any{"Day": day(key.GetExpiresAt())})
	}
	return t.text("cli.key.good_until", map[string]any{"Day": day(key.GetExpiresAt())})
}

type keyRevokeCommand struct {
	ID string `arg:"" name:"id" help:"cli.help.key_id"`
	connection
}

// Run revokes a key.
func (c *keyRevokeCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		revoked, err := aulav1.NewKeyServiceClient(conn).RevokeKey(ctx, &aulav1.RevokeKeyRequest{Id: c.ID})
		if err != nil {
			return err
		}
		t.say("cli.key.revoked_now", map[string]any{"ID": revoked.GetKey().GetId(), "Name": revoked.GetKey().GetName()})
		return nil
	})
}
