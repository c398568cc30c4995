package api

import (
	"context"
	"slices"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// caller is whoever makes a call: for now, the languages they understand.
type caller struct {
	bundle *locales.Bundle
	asked  []language.Tag // best first; nil while nothing is known
	locale *locales.Locale
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
)

// newCaller takes the languages of the accept-language metadata, which is lenient: what
// cannot be read is as good as absent.
func (s *Server) newCaller(ctx context.Context) *caller {
	c := &caller{bundle: s.Locales}
	for _, header := range metadata.ValueFromIncomingContext(ctx, "accept-language") {
		if len(header) > maxAcceptLanguage {
			continue
		}
		if tags, _, err := language.ParseAcceptLanguage(header); err == nil && c.asked == nil {
			c.asked = tags[:min(len(tags), 10)]
		}
	}
	c.locale = s.Locales.Match(c.asked...)
	return c
}

// ask takes the language a request names, if it names one.
func (c *caller) ask(name string) error {
	if name == "" {
		return nil
	}
	tag, err := language.Parse(name)
	if err != nil {
		return &callError{code: codes.InvalidArgument, reason: aulav1.ErrorReason_INVALID_REQUEST, violations: []violation{{
			field: "language", rule: "language", id: "field.unknown_language", args: map[string]any{"Value": shorten(name)},
		}}}
	}
	c.asked = []language.Tag{tag}
	c.locale = c.bundle.Match(tag)
	return nil
}

// resume takes the language an attempt was started in, for a caller who names none.
func (c *caller) resume(name string) {
	if c.asked == nil {
		c.asked = []language.Tag{language.Make(name)}
		c.locale = c.bundle.Match(c.asked...)
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
