package native

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// check notes which of the constraints in the proto a message breaks. What may be missing
// because library puts it there is not one.
func (r *reading) check(m proto.Message, n int32) {
	err := protovalidate.Validate(m)
	if err == nil {
		return
	}
	found, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok { // the constraints themselves are wrong, as a test would tell
		r.fault(n, "format.native.unchecked", "Reason", err.Error())
		return
	}
	before := len(r.path)
	for _, v := range found.Violations {
		if left(m, v) {
			continue
		}
		elements := v.Proto.GetField().GetElements()
		if v.Proto.GetRuleId() == "required" && v.FieldDescriptor == nil && len(elements) > 0 {
			elements = elements[:len(elements)-1] // a oneof is no field of the file
		}
		for _, e := range elements {
			r.in(step{name: e.GetFieldName()})
			if e.HasIndex() {
				r.in(step{index: int(e.GetIndex())})
			}
			if e.HasStringKey() {
				r.in(step{name: e.GetStringKey()})
			}
		}
		id, args := sentence(v)
		r.fault(r.t.find(n, r.path[before:]), id, args...)
		r.path = r.path[:before]
	}
}

// left reports whether what a violation misses is library's to give: a set's id, title and
// language, and the ids of a question and its parts.
func left(m proto.Message, v *protovalidate.Violation) bool {
	f := v.FieldDescriptor
	if f == nil {
		return false
	}
	switch f.Name() {
	case "id":
		if v.FieldValue.IsValid() && v.FieldValue.String() != "" {
			return false
		}
		switch f.Parent().Name() {
		case "QuestionSet", "Question", "ChoiceOption", "Blank", "OrderItem", "MatchItem":
			return true
		}
	case "title":
		return f.Parent().Name() == "QuestionSet" && v.Proto.GetRuleId() == "map.min_pairs"
	case "language":
		set, ok := m.(*aulav1.QuestionSet)
		return ok && set.GetLanguage() == ""
	}
	return false
}

// patterns are what the string patterns ask for, by their fields.
var patterns = map[protoreflect.Name]string{
	"id": "format.native.bad_id", "date": "format.native.bad_date",
	"content_type": "format.native.bad_content_type", "digest": "format.native.bad_digest",
}

// kindless are the sentences for a oneof that should be set, by their messages.
var kindless = map[string]string{
	"Question": "check.no_kind", "Blank": "check.cloze_no_kind", "FactValue": "format.native.no_value",
}

// sentence gives the id of what to say of a violation, and its arguments.
func sentence(v *protovalidate.Violation) (id string, args []any) {
	rule := v.Proto.GetRuleId()
	f := v.FieldDescriptor
	if f == nil && rule == "required" {
		return kindless[oneofOf(v)], nil
	}
	if f == nil {
		return "rule." + rule, []any{"Count", number(v.RuleValue)}
	}
	switch rule {
	case "string.pattern":
		if v.FieldValue.IsValid() && v.FieldValue.String() == "" {
			return "rule.required", nil
		}
		return cmp.Or(patterns[f.Name()], "rule.string.pattern"), nil
	case "string.uri", "string.prefix":
		return "format.native.bad_uri", nil
	}
	args = []any{"Count", number(v.RuleValue)}
	if rules, ok := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules); ok {
		low, high := bounds(rules)
		args = append(args, "Low", low, "High", high)
	}
	return "rule." + strings.TrimSuffix(rule, "_empty"), args
}

// oneofOf names the message whose oneof should be set.
func oneofOf(v *protovalidate.Violation) string {
	elements := v.Proto.GetField().GetElements()
	switch {
	case len(elements) < 2:
		return "Question"
	case elements[len(elements)-2].GetFieldName() == "blanks":
		return "Blank"
	}
	return "FactValue"
}

// number is what a rule counts by (the 40 of "at most 40"), or nil.
func number(v protoreflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	switch n := v.Interface().(type) {
	case uint64, int32, float64:
		return fmt.Sprint(n)
	}
	return nil
}

// bounds are what a number lies between.
func bounds(rules *validate.FieldRules) (low, high any) {
	switch {
	case rules.HasInt32():
		return rules.GetInt32().GetGte(), rules.GetInt32().GetLte()
	case rules.HasDouble():
		d := rules.GetDouble()
		return d.GetGte() + d.GetGt(), d.GetLte() + d.GetLt() // one of the two is 0
	case rules.HasDuration():
		return int64(0), rules.GetDuration().GetLte().GetSeconds()
	}
	return nil, nil
}
