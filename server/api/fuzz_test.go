package api_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
	"aula/server/store"
)

// asIs sends bytes as they are, whatever they mean, and receives them.
type asIs struct{}

func (asIs) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (asIs) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (asIs) Name() string { return "proto" }

// fuzzer makes calls up, from what chance it is given, and from what earlier ones were told.
type fuzzer struct {
	*rand.Rand
	w       *world
	log     *syncBuffer // of faults
	methods []protoreflect.MethodDescriptor
	known   map[protoreflect.Name][]string // values of fields, by name
	keys    map[aulav1.Audience][]string   // of callers; "" is nobody's
	tokens  []string                       // that calls have given out
	careful bool                           // mind the rules, so as to get further
}

// same are fields that go by several names.
var same = map[protoreflect.Name]protoreflect.Name{
	"undo": "review", "sets": "set", "attempts": "attempt", "questions": "question", "next_page_token": "page_token", "teacher": "key",
	"answer_language": "language", "content_language": "language", "languages": "language", "other_languages": "language", "options": "option",
	"service": "symbol", "file_containing_symbol": "symbol", "list_services": "symbol", "all_extension_numbers_of_type": "symbol", "containing_type": "symbol",
	"token": "secret", "back": "text",
}

func newFuzzer(t testing.TB) *fuzzer {
	log := &syncBuffer{}
	w := newWorld(t, func(c *api.Config) {
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError}))
	})
	f := &fuzzer{w: w, log: log, methods: methodsOf(t, w), keys: map[aulav1.Audience][]string{}}
	f.restore()
	return f
}

// restore makes anew what calls may have taken away: learners, teachers, their keys, what they
// have, and sets in the catalogue.
func (f *fuzzer) restore() {
	w := f.w
	for _, set := range []string{"rivers", "seas"} {
		if err := w.store.Archive(w.t.Context(), set, false, time.Now()); err != nil && !errors.Is(err, store.ErrNotFound) {
			w.t.Fatal(err)
		}
	}
	luz, ana, theirs := w.owned()
	root := w.admin()
	if report := root.load(&aulav1.LoadSetHeader{Replace: true}, seas(5, "Seas")); report.GetOutcome() == aulav1.LoadReport_REFUSED {
		w.t.Fatal(report)
	}
	guest := w.start(&aulav1.StartAttemptRequest{})
	cards := w.start(&aulav1.StartAttemptRequest{Cards: true})
	exam, err := w.quiz.StartAttempt(luz.ctx(), &aulav1.StartAttemptRequest{Set: "seas", Mode: aulav1.Attempt_EXAM})
	if err != nil {
		w.t.Fatal(err)
	}
	f.keys = map[aulav1.Audience][]string{
		aulav1.Audience_ANYONE: {"", "", luz.key, "aula_x"}, aulav1.Audience_LEARNER: {luz.key},
		aulav1.Audience_TEACHER: {ana.key, root.key}, aulav1.Audience_ADMIN: {root.key},
	}
	f.tokens = []string{""}
	f.known = map[protoreflect.Name][]string{
		"set": {"rivers", "rivers", "seas", "none"}, "attempt": {guest.GetId(), guest.GetId(), cards.GetId(), theirs.attempt, exam.GetId()},
		"question": {"longest", "american", "width", "share", "capital", "deltas", "sea-0"}, "option": {"amazon", "danube", "thames", "yes"},
		"key": {theirs.key}, "id": {theirs.key, theirs.learner, uuid1, "rivers", "seas"}, "device": {theirs.device}, "review": {theirs.review, uuid1},
		"cursor": {theirs.cursor}, "code": {theirs.code}, "request_id": {uuid1, uuid2}, "page_token": {"MQ"},
		"language": {"es", "en", "es-EC", "qu", "zh-Hant"}, "time_zone": {"America/Guayaquil", "UTC"},
		"format": {"csv", "yaml", "json", "gift", "aiken", "moodle", "anki", "xlsx"}, "digest": {strings.Repeat("0", 64)},
		"text": {"1.234,5", "paris", "NaN", "1e999", "1/0", "600 %"}, "nickname": {"Ana"}, "name": {"Ana"}, "title": {"Seas"}, "file": {"seas.yaml"},
		"symbol": {"aula.v1.QuizService", "grpc.health.v1.Health", "*"},
	}
}

func (f *fuzzer) chance(percent int) bool { return f.IntN(100) < percent }

func pick[T any](f *fuzzer, of ...T) T { return of[f.IntN(len(of))] }

// text makes one up for a field.
func (f *fuzzer) text(name protoreflect.Name) []byte {
	if other, ok := same[name]; ok {
		name = other
	}
	known, number := f.known[name], binary.BigEndian.AppendUint64(nil, f.Uint64())
	switch {
	case f.careful && name == "request_id", f.careful && name == "review_event_id":
		return []byte(uuid.NewSHA1(uuid.Nil, number).String())
	case f.careful && len(known) == 0:
		return fmt.Appendf(nil, "%x", number[:4])
	case len(known) > 0 && f.chance(map[bool]int{true: 99, false: 60}[f.careful]):
		return []byte(pick(f, known...))
	}
	if name == "request_id" {
		return []byte(uuid.NewSHA1(uuid.Nil, number).String())
	}
	switch f.IntN(10) {
	case 0:
		return nil
	case 1: // no UTF-8
		return []byte(pick(f, "\xff", "a\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80", strings.Repeat("\x80", 300)))
	case 2:
		return []byte(pick(f, "\x00", "a\x00b", "\u202e", "\u0085", "\n", "é\u0301", "🐦", "ñandú", "\ufeff", "'", "%", "\\", "{{.x}}", "../..", "$1"))
	case 3:
		return []byte(strings.Repeat(pick(f, "a", "ñ", " ", "0", "9", "-", "\t"), 1<<f.IntN(13)))
	case 4:
		return []byte(pick(f, "-1", "0", "1e400", "∞", "٣", "1.5", "0x10", "1_000", "NaN", "1:30"))
	case 5:
		all := pick(f, f.known["id"], f.known["attempt"], f.known["page_token"], f.known["set"])
		return []byte(pick(f, all...))
	default:
		text := make([]rune, f.IntN(40))
		for i := range text {
			text[i] = pick(f, 'a', 'z', 'Z', '0', ' ', '.', '-', 'ñ', '日', rune(f.IntN(0xd800)))
		}
		return []byte(string(text))
	}
}

// number makes one up.
func (f *fuzzer) number() uint64 {
	if f.careful {
		return pick[uint64](f, 0, 1, 1, 2, 3, 10, 20)
	}
	return pick(f, 0, 1, 2, math.MaxUint64, math.MaxInt64, 1<<63, math.MaxInt32, 1<<31, math.MaxUint32, f.Uint64(), f.Uint64()>>f.IntN(64), -uint64(f.IntN(300)))
}

func (f *fuzzer) float() float64 {
	if f.careful {
		return pick(f, 0.8, 0.9)
	}
	return pick(f, 0, 1, -1, 0.5, 0.9, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1), f.NormFloat64())
}

// message makes one up, in its wire form.
func (f *fuzzer) message(m protoreflect.MessageDescriptor, depth int) (encoded []byte) {
	if m.FullName() == "google.protobuf.Duration" && f.careful {
		return protowire.AppendVarint(protowire.AppendTag(encoded, 1, protowire.VarintType), 1+f.Uint64N(100))
	}
	if m.FullName() == "google.protobuf.Timestamp" && f.careful {
		encoded = protowire.AppendTag(encoded, 1, protowire.VarintType)
		return protowire.AppendVarint(encoded, uint64(time.Now().Unix()-int64(f.IntN(1e7))))
	}
	chosen := map[protoreflect.FullName]int{}
	for i := range m.Oneofs().Len() {
		chosen[m.Oneofs().Get(i).FullName()] = f.IntN(m.Oneofs().Get(i).Fields().Len())
	}
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		likely := 60
		if name := field.Name(); f.careful && (name == "page_token" || name == "cursor" || name == "partial" || name == "offset" || name == "cards") {
			likely = 10
		} else if f.careful {
			likely = 90
		}
		if of := field.ContainingOneof(); of != nil && !of.IsSynthetic() {
			likely = 2 // two of one
			if of.Fields().Get(chosen[of.FullName()]) == field {
				likely = 97
			}
		}
		if depth > 6 && field.Message() != nil || !f.chance(likely) {
			continue
		}
		if f.careful && field.Name() == "id" && m.Name() == "ReviewEvent" {
			encoded = protowire.AppendBytes(protowire.AppendTag(encoded, field.Number(), protowire.BytesType), f.text("review_event_id"))
			continue
		}
		n := 1
		if field.Cardinality() == protoreflect.Repeated {
			n = pick(f, 1, 1, 2, 3, 7)
			if !f.careful && f.chance(3) && depth < 3 {
				n = 600
			}
		}
		for range n {
			encoded = f.field(encoded, field, depth)
		}
	}
	return encoded
}

// field adds a field to a message.
func (f *fuzzer) field(to []byte, field protoreflect.FieldDescriptor, depth int) []byte {
	number := field.Number()
	if !f.careful && f.chance(1) { // of another type than it should be
		return protowire.AppendFixed32(protowire.AppendTag(to, number, protowire.Fixed32Type), f.Uint32())
	}
	switch field.Kind() {
	case protoreflect.StringKind:
		return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), f.text(field.Name()))
	case protoreflect.BytesKind:
		content := pick(f, seas(2, "Seas"), "", "\xff\xfe", "question,answer\nA?,B", "::q:: What? {=a ~b}", "PK\x03\x04", string(f.text("")))
		return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), []byte(content))
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), f.message(field.Message(), depth+1))
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		value := uint64(values.Get(f.IntN(values.Len())).Number())
		if f.careful {
			value = uint64(values.Get(1 + f.IntN(values.Len()-1)).Number())
		}
		if !f.careful && f.chance(30) {
			value = f.number()
		}
		return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), value)
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(protowire.AppendTag(to, number, protowire.Fixed64Type), math.Float64bits(f.float()))
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(protowire.AppendTag(to, number, protowire.Fixed32Type), math.Float32bits(float32(f.float())))
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(protowire.AppendTag(to, number, protowire.Fixed64Type), f.number())
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(protowire.AppendTag(to, number, protowire.Fixed32Type), uint32(f.number()))
	case protoreflect.BoolKind:
		return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), f.Uint64N(2))
	default:
		return protowire.AppendVarint(protowire.AppendTag(to, number, protowire.VarintType), f.number())
	}
}

// request is a message, whole or not.
func (f *fuzzer) request(m protoreflect.MessageDescriptor) []byte {
	encoded := f.message(m, 0)
	if f.careful {
		return encoded
	}
	switch f.IntN(20) {
	case 0:
		encoded = encoded[:f.IntN(len(encoded)+1)]
	case 1:
		for range f.IntN(5) {
			if len(encoded) > 0 {
				encoded[f.IntN(len(encoded))] ^= 1 << f.IntN(8)
			}
		}
	case 2: // deep, in a field that none has or that all have
		deep := []byte{}
		for range 1 << f.IntN(14) {
			if len(deep) > 60_000 {
				break
			}
			deep = protowire.AppendBytes(protowire.AppendTag(nil, pick[protowire.Number](f, 1, 3, 10, 11, 999), protowire.BytesType), deep)
		}
		encoded = append(encoded, deep...)
	case 3: // groups that begin and do not end
		encoded = append(encoded, strings.Repeat("\x0b", 1<<f.IntN(15))...)
	case 4:
		encoded = protowire.AppendVarint(protowire.AppendTag(encoded, protowire.MaxValidNumber, protowire.VarintType), 1)
	}
	return encoded
}

// harvest keeps in mind what a reply tells.
func (f *fuzzer) harvest(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := field.Name()
		if other, ok := same[name]; ok {
			name = other
		}
		if name == "id" && m.Descriptor().Name() == "Attempt" {
			name = "attempt"
		}
		switch {
		case field.IsMap():
		case field.Message() != nil && field.IsList():
			for i := range min(value.List().Len(), 5) {
				f.harvest(value.List().Get(i).Message())
			}
		case field.Message() != nil:
			f.harvest(value.Message())
		case field.Kind() == protoreflect.StringKind && !field.IsList() && value.String() != "":
			const most = 16
			known := f.known[name]
			switch {
			case name == "secret" && len(f.tokens) < most:
				f.tokens = append(f.tokens, value.String())
			case name == "language", name == "text", name == "title", len(known) == 0:
			case len(known) < most:
				f.known[name] = append(known, value.String())
			default: // those there were at first stay
				known[most/2+f.IntN(most/2)] = value.String()
			}
		}
		return true
	})
}

// call makes a call up and makes it, and returns how it ended.
func (f *fuzzer) call(ctx context.Context) (what string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	method := pick(f, f.methods...)
	f.careful = f.chance(60)
	key := pick(f, f.keys[audienceOf(method)]...)
	if f.chance(15) {
		key = pick(f, pick(f, f.keys[aulav1.Audience(1+f.IntN(4))]...), pick(f, f.tokens...))
	}
	if key != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+key)
	}
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	stream, err := f.w.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, name, grpc.ForceCodec(asIs{}))
	if err != nil {
		return name, err
	}
	messages := 1
	if method.IsStreamingClient() {
		messages = 1 + f.IntN(5)
	}
	var sent [][]byte
	for range messages {
		request := f.request(method.Input())
		sent = append(sent, request)
		if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
			return name, err
		}
	}
	what = fmt.Sprintf("%s %.3000x", name, sent)
	if err := stream.CloseSend(); err != nil {
		return what, err
	}
	for range 1000 {
		var encoded []byte
		if err := stream.RecvMsg(&encoded); err != nil {
			if errors.Is(err, io.EOF) {
				return what, nil
			}
			return what, err
		}
		reply := dynamicpb.NewMessage(method.Output())
		if err := proto.Unmarshal(encoded, reply); err != nil {
			return what, fmt.Errorf("the reply: %w", err)
		}
		f.harvest(reply)
		if method.Name() == "WatchLeaderboard" || method.Name() == "Watch" {
			return what, nil // they do not end
		}
	}
	return what, nil
}

// FuzzCalls makes calls of every method, with messages of all kinds: whole and broken, of what
// there is and of what there is not. The server answers each, and never with a fault of its own.
func FuzzCalls(f *testing.F) {
	for seed := range 16 {
		f.Add(fmt.Appendf(nil, "seed %d", seed))
	}
	calls := 0
	fuzz := newFuzzer(f) // one world for all, which goes on with what was done to it
	f.Fuzz(func(t *testing.T, chance []byte) {
		hash := fnv.New64a()
		_, _ = hash.Write(chance)
		fuzz.Rand = rand.New(rand.NewPCG(hash.Sum64(), uint64(len(chance))))
		fuzz.w.t = t
		if calls++; calls%4 == 0 {
			fuzz.restore()
		}
		for range 8 {
			what, err := fuzz.call(t.Context())
			switch code := status.Code(err); code {
			case codes.Internal, codes.Unknown, codes.DataLoss, codes.DeadlineExceeded, codes.Unavailable:
				log := fuzz.log.String()
				t.Fatalf("%s: %v\n%s", what, err, log[max(0, len(log)-4000):])
			default:
			}
		}
	})
}
