package native

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
)

// value reads a value that is neither a message of ours nor several.
func (r *reading) value(f *field, n int32) (protoreflect.Value, bool) {
	text := r.t.nodes[n].text
	if !r.t.nodes[n].scalar() {
		r.fault(n, "format.native.not_one_value")
		return protoreflect.Value{}, false
	}
	switch f.Kind() { //nolint:exhaustive // a test reads every field of a set
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), true
	case protoreflect.BoolKind:
		return r.truth(n)
	case protoreflect.EnumKind:
		return r.enum(f, n)
	case protoreflect.Int32Kind:
		if i, err := strconv.ParseInt(text, 10, 32); err == nil {
			return protoreflect.ValueOfInt32(int32(i)), true
		}
		r.fault(n, "format.native.not_whole", "Value", shorten(text))
	case protoreflect.DoubleKind:
		if number, ok := parseNumber(text); ok {
			return protoreflect.ValueOfFloat64(number), true
		}
		r.fault(n, "format.native.not_number", "Value", shorten(text))
	case protoreflect.BytesKind:
		if data, ok := parseBase64(text); ok {
			return protoreflect.ValueOfBytes(data), true
		}
		r.fault(n, "format.native.not_base64")
	case protoreflect.MessageKind:
		if d, ok := parseSeconds(text); ok {
			return protoreflect.ValueOfMessage(d.ProtoReflect()), true
		}
		r.fault(n, "format.native.not_duration", "Value", shorten(text))
	}
	return protoreflect.Value{}, false
}

func (r *reading) truth(n int32) (protoreflect.Value, bool) {
	if r.t.nodes[n].kind == plain {
		switch r.t.nodes[n].text {
		case "true", "True", "TRUE":
			return protoreflect.ValueOfBool(true), true
		case "false", "False", "FALSE":
			return protoreflect.ValueOfBool(false), true
		}
	}
	r.fault(n, "format.native.not_bool", "Value", shorten(r.t.nodes[n].text))
	return protoreflect.Value{}, false
}

func (r *reading) enum(f *field, n int32) (protoreflect.Value, bool) {
	values := f.Enum().Values()
	if v := values.ByName(protoreflect.Name(r.t.nodes[n].text)); v != nil {
		return protoreflect.ValueOfEnum(v.Number()), true
	}
	var known []string
	for i := range values.Len() {
		if values.Get(i).Number() != 0 {
			known = append(known, string(values.Get(i).Name()))
		}
	}
	r.fault(n, "format.native.bad_enum", "Value", shorten(r.t.nodes[n].text), "Known", strings.Join(known, ", "))
	return protoreflect.Value{}, false
}

// parseNumber reads a number in decimal digits.
func parseNumber(text string) (float64, bool) {
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil && !math.IsInf(number, 0)
}

var unspaced = strings.NewReplacer("\n", "", " ", "")

// parseBase64 reads content, which may be on several lines.
func parseBase64(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\n ") {
		text = unspaced.Replace(text)
	}
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	data, err := encoding.DecodeString(strings.TrimRight(text, "="))
	return data, err == nil
}

// parseSeconds reads a time such as 90s or 1.5s.
func parseSeconds(text string) (*durationpb.Duration, bool) {
	number, found := strings.CutSuffix(text, "s")
	if !found || number == "" || strings.Trim(number, "0123456789.") != "" || len(number) > 20 {
		return nil, false
	}
	whole, fraction, _ := strings.Cut(number, ".")
	if _, err := strconv.ParseFloat(number, 64); err != nil || len(fraction) > 9 {
		return nil, false
	}
	seconds, err := strconv.ParseInt("0"+whole, 10, 32)
	if err != nil {
		return nil, false
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 32)
	return &durationpb.Duration{Seconds: seconds, Nanos: int32(nanos)}, err == nil
}
