package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"golang.org/x/text/language"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// domain of every google.rpc.ErrorInfo.
const domain = "aula"

// callError is why a call failed, before it has words.
type callError struct {
	code       codes.Code
	reason     aulav1.ErrorReason
	args       map[string]string // ErrorInfo.metadata, and the sentence's arguments
	violations []violation
	cause      error                // for the log
	sentence   string               // its id, where it is not that of the reason
	retry      *durationpb.Duration // after which to try again, where it is known
}

// violation is one field at fault.
type violation struct {
	field string
	rule  string // what it breaks, for programs
	id    string // of the sentence
	args  map[string]any
}

func (e *callError) Error() string { return fmt.Sprintf("%s %v", e.reason, e.args) }
func (e *callError) Unwrap() error { return e.cause }

func fail(code codes.Code, reason aulav1.ErrorReason, args ...string) *callError {
	e := &callError{code: code, reason: reason, args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.args[args[i]] = shorten(args[i+1])
	}
	return e
}

func internal(cause error) *callError {
	e := fail(codes.Internal, aulav1.ErrorReason_INTERNAL)
	e.cause = cause
	return e
}

// malformed blames one field, beyond what the constraints in the proto can say.
func malformed(field, id string) error {
	e := fail(codes.InvalidArgument, aulav1.ErrorReason_INVALID_REQUEST)
	e.violations = []violation{{field: field, rule: id, id: id}}
	return e
}

// shorten keeps what a caller sent from filling the reply.
func shorten(text string) string {
	const most = 60
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// invalid turns what protovalidate found into field violations.
func invalid(err error) error {
	found, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return internal(err)
	}
	e := fail(codes.InvalidArgument, aulav1.ErrorReason_INVALID_REQUEST)
	for _, v := range found.Violations {
		id := "rule." + strings.TrimSuffix(v.Proto.GetRuleId(), "_empty")
		args := map[string]any{"Count": ruleNumber(v)}
		if v.FieldDescriptor != nil {
			if rules, ok := proto.GetExtension(v.FieldDescriptor.Options(), validate.E_Field).(*validate.FieldRules); ok {
				args["Low"], args["High"] = bounds(rules)
				if args["Pattern"] = rules.GetString().GetPattern(); v.Proto.GetRuleId() == "string.pattern" {
					id = cmp.Or(patterns[rules.GetString().GetPattern()], id)
				}
			}
		}
		e.violations = append(e.violations, violation{
			field: protovalidate.FieldPathString(v.Proto.GetField()),
			rule:  v.Proto.GetRuleId(),
			id:    id,
			args:  args,
		})
	}
	return e
}

// patterns are those of strings that have a sentence of their own.
var patterns = map[string]string{
	"^([a-z0-9]+(-[a-z0-9]+)*)?$": "field.set_id",
	"^[0-9a-f]{64}$":              "field.digest",
}

// bounds are what a field must lie between.
func bounds(rules *validate.FieldRules) (low, high any) {
	switch rules.WhichType() {
	case validate.FieldRules_Int64_case:
		return rules.GetInt64().GetGte(), rules.GetInt64().GetLte()
	case validate.FieldRules_Duration_case:
		seconds := func(either ...*durationpb.Duration) string { return fmt.Sprintf("%ds", cmp.Or(either...).GetSeconds()) }
		d := rules.GetDuration()
		return seconds(d.GetGt(), d.GetGte()), seconds(d.GetLt(), d.GetLte())
	case validate.FieldRules_Double_case:
		return rules.GetDouble().GetGte(), rules.GetDouble().GetLte()
	default:
		return rules.GetInt32().GetGte(), rules.GetInt32().GetLte()
	}
}

// ruleNumber is the number a rule is about (the 40 of "at most 40"), or nil.
func ruleNumber(v *protovalidate.Violation) any {
	if !v.RuleValue.IsValid() {
		return nil
	}
	switch n := v.RuleValue.Interface().(type) {
	case uint64, int32:
		return fmt.Sprint(n)
	}
	return nil
}

// ungradable turns the refusal to grade an answer into an error about its fields.
func ungradable(question string, err error) error {
	if mismatch, ok := errors.AsType[*questions.KindMismatch](err); ok {
		return fail(codes.InvalidArgument, aulav1.ErrorReason_ANSWER_KIND_MISMATCH, "question", question, "want", mismatch.Want)
	}
	refusal, ok := errors.AsType[*questions.Refusal](err)
	if !ok {
		return internal(err)
	}
	e := fail(codes.InvalidArgument, aulav1.ErrorReason_UNGRADABLE_ANSWER, "question", question)
	e.violations = []violation{{field: "answer." + refusal.Field, rule: refusal.ID, id: refusal.ID, args: refusal.Args}}
	return e
}

// status gives an error its words. One of others' services has its own.
func (s *Server) status(ctx context.Context, err error, c *caller, method string) error {
	if _, worded := status.FromError(err); worded && !strings.HasPrefix(method, "/"+ours+".") {
		return err
	}
	return s.explain(ctx, err, method).status(c.locale)
}

// explain finds the reason of an error. Whatever is not expected is logged and becomes a
// plain INTERNAL: its text may hold anything.
func (s *Server) explain(ctx context.Context, err error, method string) *callError {
	e, known := errors.AsType[*callError](err)
	switch {
	case known:
	case errors.Is(err, context.Canceled):
		e = fail(codes.Canceled, aulav1.ErrorReason_CALL_CANCELED)
	case errors.Is(err, store.ErrUnavailable): // also of a time that the store has set itself
		e = fail(codes.Unavailable, aulav1.ErrorReason_UNAVAILABLE)
		e.cause = err
	case errors.Is(err, context.DeadlineExceeded):
		e = fail(codes.DeadlineExceeded, aulav1.ErrorReason_CALL_TOOK_TOO_LONG)
	case errors.Is(err, store.ErrBusy):
		e = fail(codes.ResourceExhausted, aulav1.ErrorReason_OVERLOADED)
	default:
		e = internal(err)
	}
	if e.cause != nil {
		s.Log.ErrorContext(ctx, "call failed", slog.String("method", method), slog.Any("error", e.cause))
	}
	return e
}

// text is the error in words: those about the fields, and the whole sentence.
func (e *callError) text(l *locales.Locale) (fields []*errdetails.BadRequest_FieldViolation, text string, tag language.Tag) {
	args := map[string]any{}
	for k, v := range e.args {
		args[k] = v
	}
	var listed, why []string
	for _, v := range e.violations {
		text := l.Text(v.id, v.args)
		fields = append(fields, &errdetails.BadRequest_FieldViolation{Field: v.field, Description: text, Reason: v.rule})
		listed = append(listed, v.field+": "+text)
		why = append(why, text)
	}
	if e.retry != nil {
		args["Count"] = int(e.retry.GetSeconds())
	}
	args["Fields"], args["Why"] = strings.Join(listed, "; "), strings.Join(why, " ")
	text, tag = l.TextIn(cmp.Or(e.sentence, "error."+e.reason.String()), args)
	return fields, text, tag
}

func (e *callError) status(l *locales.Locale) error {
	fields, text, tag := e.text(l)
	details := []protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: e.reason.String(), Domain: domain, Metadata: e.args},
		&errdetails.LocalizedMessage{Locale: tag.String(), Message: text},
	}
	if len(fields) > 0 {
		details = append(details, &errdetails.BadRequest{FieldViolations: fields})
	}
	if e.code == codes.Unavailable || e.code == codes.ResourceExhausted {
		details = append(details, &errdetails.RetryInfo{RetryDelay: cmp.Or(e.retry, durationpb.New(time.Second))})
	}
	st, err := status.New(e.code, text).WithDetails(details...)
	if err != nil {
		return status.Error(e.code, text)
	}
	return st.Err()
}
