package main

import (
	"cmp"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
)

// ours are refusals that we tell in words of our own: the server speaks of calls and
// metadata, and whoever types commands wants to know the next one.
var ours = map[aulav1.ErrorReason]string{
	aulav1.ErrorReason_KEY_NEEDED:         "cli.refused.key_needed",
	aulav1.ErrorReason_SET_NOT_FOUND:      "cli.refused.no_set",
	aulav1.ErrorReason_SET_TAKEN:          "cli.refused.set_taken",
	aulav1.ErrorReason_REVISION_NOT_FOUND: "cli.refused.no_revision",
	aulav1.ErrorReason_NOT_A_DRAFT:        "cli.refused.no_draft",
	aulav1.ErrorReason_KEY_NOT_FOUND:      "cli.refused.no_key",
	aulav1.ErrorReason_CALL_CANCELED:      "cli.error.interrupted",
}

// refusal is why a call failed, as a server of Aula's tells it.
type refusal struct {
	message string
	reason  aulav1.ErrorReason
	args    map[string]any
	fields  []*errdetails.BadRequest_FieldViolation
}

func readRefusal(s *status.Status) refusal {
	r := refusal{args: map[string]any{}}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.LocalizedMessage:
			r.message = d.GetMessage()
		case *errdetails.ErrorInfo:
			r.reason = aulav1.ErrorReason(aulav1.ErrorReason_value[d.GetReason()])
			for name, value := range d.GetMetadata() {
				r.args[name] = value
			}
		case *errdetails.BadRequest:
			r.fields = d.GetFieldViolations()
		}
	}
	return r
}

// refused tells why a call failed: in the server's words, but for ours, and with the flags
// that the fields at fault were taken from. A raw status would help no teacher.
func (t *terminal) refused(s *status.Status) exitCode {
	r := readRefusal(s)
	switch {
	case ours[r.reason] != "":
		t.warn(ours[r.reason], r.args)
	case r.message == "" && s.Code() == codes.Canceled:
		t.warn("cli.error.interrupted", nil)
	case r.reason == aulav1.ErrorReason_INVALID_REQUEST && len(r.fields) > 0:
		for _, field := range r.fields {
			t.warn("cli.error.other", map[string]any{"Reason": t.flagOf(field.GetField()) + ": " + field.GetDescription()})
		}
	case r.message != "":
		t.warn("cli.error.other", map[string]any{"Reason": r.message})
	case s.Code() == codes.Unimplemented:
		t.warn("cli.error.other_aula", nil)
	case s.Code() == codes.DeadlineExceeded:
		t.warn("cli.error.too_long", nil)
	default:
		t.warn("cli.error.strange_answer", map[string]any{"Code": s.Code().String()})
	}
	if s.Code() == codes.InvalidArgument {
		return misused
	}
	return failed
}

// flagOf is the flag or the argument that a field of a request was taken from; the field
// itself where it is neither.
func (t *terminal) flagOf(field string) string {
	name := strings.TrimPrefix(field, "header.")
	name, _, _ = strings.Cut(name, "[")
	name = cmp.Or(map[string]string{"content_language": "language", "id": "key"}[name], strings.ReplaceAll(name, "_", "-"))
	for _, group := range t.command.AllFlags(true) {
		for _, flag := range group {
			if flag.Name == name {
				return "--" + name
			}
		}
	}
	for _, argument := range t.command.Positional {
		if argument.Name == name {
			return t.text(arguments[name], nil)
		}
	}
	return field
}
