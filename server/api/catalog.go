package api

import (
	"cmp"
	"context"
	"encoding/base64"
	"regexp"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// defaultPage is the size of a page where the request names none.
const defaultPage = 50

// setID is what QuestionSet.id may be.
var setID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

type catalogService struct {
	aulav1.UnimplementedCatalogServiceServer
	*Server
}

func (s catalogService) ListSets(ctx context.Context, req *aulav1.ListSetsRequest) (*aulav1.ListSetsResponse, error) {
	after, err := readPageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if after != "" && !setID.MatchString(after) {
		return nil, invalidPageToken()
	}
	size := int(cmp.Or(req.GetPageSize(), defaultPage))
	ids, err := s.Store.Sets(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ListSetsResponse{}
	if len(ids) > size {
		ids = ids[:size]
		resp.NextPageToken = pageToken(ids[size-1])
	}
	for _, id := range ids {
		set, revision, err := s.revisions.current(ctx, id)
		if err != nil {
			return nil, err
		}
		resp.Sets = append(resp.Sets, summary(set, revision, callerOf(ctx)))
	}
	return resp, nil
}

func (s catalogService) GetSet(ctx context.Context, req *aulav1.GetSetRequest) (*aulav1.GetSetResponse, error) {
	set, revision, err := s.revisions.current(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	resp := &aulav1.GetSetResponse{
		Set:             summary(set, revision, callerOf(ctx)),
		Coverage:        set.Coverage(),
		QuestionsByKind: map[string]int32{},
	}
	for _, q := range set.Questions {
		resp.QuestionsByKind[q.Kind]++
	}
	lang := resp.GetSet().GetLanguage()
	for _, source := range set.Source.GetSources() {
		resp.Sources = append(resp.Sources, &aulav1.SourceSummary{
			Id:    source.GetId(),
			Title: cmp.Or(source.GetTitle()[lang], source.GetTitle()[set.Languages[0]]),
		})
	}
	return resp, nil
}

func summary(set *questions.Set, revision int32, c *caller) *aulav1.SetSummary {
	lang, fallback := set.Match(c.reader())
	return &aulav1.SetSummary{
		Id:            set.Source.GetId(),
		Title:         set.Source.GetTitle()[lang],
		Description:   cmp.Or(set.Source.GetDescription()[lang], set.Source.GetDescription()[set.Languages[0]]),
		Language:      lang,
		Fallback:      &fallback,
		Languages:     set.Languages,
		QuestionCount: int32(len(set.Questions)),
		Revision:      revision,
	}
}

// A page token is where the next page starts, in a form that says "do not edit".

func pageToken(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

func readPageToken(token string) (place string, err error) {
	decoded, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", invalidPageToken()
	}
	return string(decoded), nil
}

func invalidPageToken() error {
	return fail(codes.InvalidArgument, aulav1.ErrorReason_INVALID_PAGE_TOKEN)
}
