package api

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// caller is whoever makes a call: who they are, and the languages they understand.
type caller struct {
	identity
	*tongue
	tongues *tongues
	address *address // nil where it is not limited
}

// tongue is the languages someone understands. It is shared by all who do, and never
// changed, but for what it keeps of what was said.
type tongue struct {
	asked     []language.Tag // best first; nil while nothing is known
	locale    *locales.Locale
	intervals sync.Map // of a span: as it is told
}

// tongues keeps the tongues that were met: to read what names one takes longer than most
// calls do.
type tongues struct {
	bundle *locales.Bundle
	met    *lru.Cache[tongueName, *tongue]
}

// tongueName is how a tongue was named: the text of a header, that of a field, or a learner's
// languages.
type tongueName struct{ header, field, learner string }

func newTongues(bundle *locales.Bundle) (*tongues, error) {
	met, err := lru.New[tongueName, *tongue](maxTongues)
	return &tongues{bundle, met}, err
}

// find returns the tongue of that name, read where it is not known.
func (t *tongues) find(name tongueName, read func() []language.Tag) *tongue {
	found, ok := t.met.Get(name)
	if !ok {
		asked := read()
		found = &tongue{asked: asked, locale: t.bundle.Match(asked...)}
		t.met.Add(name, found)
	}
	return found
}

// callContext is the context of a call: it knows the caller and bounds the time. The clock
// is set when something first waits, since most calls wait for nothing and a timer is not
// free.
type callContext struct {
	context.Context
	caller *caller

	once    sync.Once
	bounded atomic.Pointer[boundedContext]
}

type boundedContext struct {
	context.Context
	cancel context.CancelFunc
}

func (c *callContext) clock() context.Context {
	c.once.Do(func() {
		ctx, cancel := context.WithTimeout(c.Context, maxTime)
		c.bounded.Store(&boundedContext{ctx, cancel})
	})
	return c.bounded.Load()
}

// end gives back what the call has used.
func (c *callContext) end() {
	if b := c.bounded.Load(); b != nil {
		b.cancel()
	}
}

func (c *callContext) Done() <-chan struct{}       { return c.clock().Done() }
func (c *callContext) Deadline() (time.Time, bool) { return c.clock().Deadline() }

func (c *callContext) Err() error {
	if b := c.bounded.Load(); b != nil {
		return b.Err()
	}
	return c.Context.Err()
}

func (c *callContext) Value(key any) any {
	if key == (callerKey{}) {
		return c.caller
	}
	if b := c.bounded.Load(); b != nil {
		return b.Value(key)
	}
	return c.Context.Value(key)
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the caller of the call that ctx belongs to.
func callerOf(ctx context.Context) *caller {
	c, ok := ctx.Value(callerKey{}).(*caller)
	if !ok {
		panic("api: a handler was called without its interceptor")
	}
	return c
}

// What is longer is nobody's language, and slow to read.
const (
	maxLanguage       = 35 // bytes of a tag, as the proto says
	maxAcceptLanguage = 512
	maxTongues        = 4096 // kept
)

// newCaller takes the languages of the accept-language metadata, which is lenient: what
// cannot be read is as good as absent.
func (s *Server) newCaller(ctx context.Context) *caller {
	c := &caller{tongues: s.tongues}
	for _, header := range metadata.ValueFromIncomingContext(ctx, "accept-language") {
		if len(header) > maxAcceptLanguage {
			continue
		}
		c.tongue = s.tongues.find(tongueName{header: header}, func() []language.Tag {
			tags, _, err := language.ParseAcceptLanguage(header)
			if err != nil {
				return nil
			}
			return tags[:min(len(tags), 10)]
		})
		if c.asked != nil {
			return c
		}
	}
	c.tongue = s.tongues.find(tongueName{}, func() []language.Tag { return nil })
	return c
}

// listen takes the language a request names, itself or in its header.
func (c *caller) listen(req any) error {
	if part, ok := req.(interface{ GetHeader() *aulav1.LoadSetHeader }); ok {
		req = part.GetHeader()
	}
	if r, ok := req.(interface{ GetLanguage() string }); ok && len(r.GetLanguage()) <= maxLanguage {
		return c.ask(r.GetLanguage())
	}
	return nil
}

// ask takes the language a request names, if it names one.
func (c *caller) ask(name string) error {
	if name == "" {
		return nil
	}
	asked := c.tongues.find(tongueName{field: name}, func() []language.Tag {
		tag, err := language.Parse(name)
		if err != nil {
			return nil
		}
		return []language.Tag{tag}
	})
	if asked.asked == nil {
		return unknownLanguage("language", name)
	}
	c.tongue = asked
	return nil
}

// unknownLanguage blames a field for what is no language tag.
func unknownLanguage(field, name string) error {
	return &callError{code: codes.InvalidArgument, reason: aulav1.ErrorReason_INVALID_REQUEST, violations: []violation{{
		field: field, rule: "language", id: "field.unknown_language", args: map[string]any{"Value": shorten(name)},
	}}}
}

// resume takes the language an attempt was started in, for a caller who names none.
func (c *caller) resume(name string) {
	if c.asked == nil {
		c.tongue = c.tongues.find(tongueName{field: name}, func() []language.Tag { return []language.Tag{language.Make(name)} })
	}
}

// language is the one asked for that fits what is shown in lang, with the caller's region;
// where lang was not asked for, the one asked for first.
func (c *caller) language(lang string) string {
	asked := c.reader()
	if tag := asked.In(lang); slices.Contains(asked, tag) {
		return tag.String()
	}
	return asked[0].String()
}

// reader is the caller as package questions meets them.
func (c *caller) reader() questions.Reader {
	if c.asked == nil {
		return questions.Reader{language.English}
	}
	return c.asked
}
