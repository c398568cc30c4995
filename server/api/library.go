package api

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/library"
	"aula/server/store"
)

type libraryService struct {
	aulav1.UnimplementedLibraryServiceServer
	*Server
}

// own finds a set that is the caller's to handle. To anyone else it is not there. Errors:
// SET_NOT_FOUND.
func (s libraryService) own(ctx context.Context, id string) (store.Set, error) {
	set, err := s.Store.Set(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !callerOf(ctx).owns(set) {
		return store.Set{}, setNotFound(id)
	}
	return set, err
}

func setNotFound(id string) error {
	return fail(codes.NotFound, aulav1.ErrorReason_SET_NOT_FOUND, "set", id)
}

func revisionNotFound(set string, revision int32) error {
	return fail(codes.NotFound, aulav1.ErrorReason_REVISION_NOT_FOUND, "set", set, "revision", strconv.Itoa(int(revision)))
}

func unknownFormat(format string) error {
	return fail(codes.InvalidArgument, aulav1.ErrorReason_UNKNOWN_FORMAT,
		"format", format, "formats", strings.Join(library.Formats(), ", "))
}

func (s libraryService) ListOwnSets(ctx context.Context, req *aulav1.ListOwnSetsRequest) (*aulav1.ListOwnSetsResponse, error) {
	after, err := readPageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if after != "" && !setID.MatchString(after) {
		return nil, invalidPageToken()
	}
	c, size := callerOf(ctx), int(cmp.Or(req.GetPageSize(), defaultPage))
	var sets []store.OwnSet
	if c.admin() {
		sets, err = s.Store.AllSets(ctx, after, size+1)
	} else {
		sets, err = s.Store.OwnSets(ctx, c.teacher, after, size+1)
	}
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ListOwnSetsResponse{}
	if len(sets) > size {
		sets = sets[:size]
		resp.NextPageToken = pageToken(sets[size-1].ID)
	}
	for _, set := range sets {
		resp.Sets = append(resp.Sets, ownSet(set, c))
	}
	return resp, nil
}

func ownSet(set store.OwnSet, c *caller) *aulav1.OwnSet {
	out := &aulav1.OwnSet{
		Id: set.ID, Title: c.title(set.Head), Revision: set.Revision, Archived: set.Archived(), Owner: set.OwnerName,
	}
	if set.Draft {
		out.Draft = set.Newest
	}
	return out
}

// title is a set's in the caller's language where it has one.
func (c *caller) title(set *aulav1.QuestionSet) string {
	languages := languagesOf(set)
	tags := make([]language.Tag, len(languages))
	for i, lang := range languages {
		tags[i] = language.Make(lang)
	}
	if len(tags) == 0 {
		return ""
	}
	_, i, _ := language.NewMatcher(tags).Match(c.reader()...)
	return set.GetTitle()[languages[i]]
}

func (s libraryService) ListRevisions(ctx context.Context, req *aulav1.ListRevisionsRequest) (*aulav1.ListRevisionsResponse, error) {
	before, err := readRevisionToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	size := int(cmp.Or(req.GetPageSize(), defaultPage))
	revisions, err := s.Store.Revisions(ctx, req.GetSet(), before, size+1)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ListRevisionsResponse{}
	if len(revisions) > size {
		revisions = revisions[:size]
		resp.NextPageToken = pageToken(strconv.Itoa(int(revisions[size-1].Number)))
	}
	for _, r := range revisions {
		resp.Revisions = append(resp.Revisions, &aulav1.Revision{
			Revision: r.Number, CreatedAt: timestamppb.New(r.CreatedAt), Author: r.Author, File: r.File,
			Current: r.Number == set.Revision, Draft: r.Draft, RestoredFrom: r.RestoredFrom, QuestionCount: int32(r.Questions),
			Superseded: r.Draft && r.Number < set.Newest,
		})
	}
	return resp, nil
}

// readRevisionToken returns the revision that a page comes after; 0 for none.
func readRevisionToken(token string) (int32, error) {
	place, err := readPageToken(token)
	if err != nil || place == "" {
		return 0, err
	}
	revision, err := strconv.ParseInt(place, 10, 32)
	if err != nil || revision < 1 {
		return 0, invalidPageToken()
	}
	return int32(revision), nil
}

// source returns what the author of a revision wrote. Errors: REVISION_NOT_FOUND.
func (s libraryService) source(ctx context.Context, set string, revision int32) (*packed.Set, error) {
	source, err := s.Store.Source(ctx, set, revision)
	if errors.Is(err, store.ErrNotFound) {
		err = revisionNotFound(set, revision)
	}
	return source, err
}

func (s libraryService) CompareRevisions(
	ctx context.Context, req *aulav1.CompareRevisionsRequest,
) (*aulav1.CompareRevisionsResponse, error) {
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	leave, err := s.enter(ctx, s.work.exports) // it holds two sets
	if err != nil {
		return nil, err
	}
	defer leave()
	to := cmp.Or(req.GetTo(), set.Newest)
	from := cmp.Or(req.GetFrom(), to-1)
	after, err := s.source(ctx, set.ID, to)
	if err != nil {
		return nil, err
	}
	var before *packed.Set // nothing, before the first
	if from > 0 {
		if before, err = s.source(ctx, set.ID, from); err != nil {
			return nil, err
		}
	}
	changes := library.Compare(before, after)
	return &aulav1.CompareRevisionsResponse{
		From: from, To: to, SetChanges: changes.Set, Changes: changes.Tell(callerOf(ctx).told()),
		Added: int32(changes.Added), Changed: int32(changes.Changed), Removed: int32(changes.Removed), Unchanged: int32(changes.Unchanged),
	}, nil
}

// told is the language (BCP 47) that reports quote texts in where they have it.
func (c *caller) told() string { return c.reader()[0].String() }

func (s libraryService) PublishDraft(ctx context.Context, req *aulav1.PublishDraftRequest) (*aulav1.PublishDraftResponse, error) {
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	revision, err := s.Store.PublishDraft(s.signed(ctx), set.ID, req.GetRevision(), s.Now())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, revisionNotFound(set.ID, req.GetRevision())
	case errors.Is(err, store.ErrNotADraft):
		return nil, s.noDraft(ctx, set.ID, req.GetRevision())
	case err != nil:
		return nil, err
	}
	return &aulav1.PublishDraftResponse{Revision: revision, Archived: set.Archived()}, nil
}

// noDraft says why a revision cannot be published; 0: the newest. Where there is a draft that
// another revision has come after it names that.
func (s libraryService) noDraft(ctx context.Context, id string, revision int32) error {
	set, err := s.Store.Set(ctx, id)
	if err != nil {
		return err
	}
	before := set.Newest // where none is named it is the one before
	if revision > 0 {
		before = revision + 1
	}
	found, err := s.Store.Revisions(ctx, id, before, 1)
	if err != nil {
		return err
	}
	args := []string{"set", id, "revision", strconv.Itoa(int(cmp.Or(revision, set.Newest)))}
	if len(found) > 0 && found[0].Draft {
		args = append(args, "draft", strconv.Itoa(int(found[0].Number)), "newest", strconv.Itoa(int(set.Newest)))
	}
	return fail(codes.FailedPrecondition, aulav1.ErrorReason_NOT_A_DRAFT, args...)
}

func (s libraryService) RestoreRevision(
	ctx context.Context, req *aulav1.RestoreRevisionRequest,
) (*aulav1.RestoreRevisionResponse, error) {
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	revision, created, err := s.Store.RestoreRevision(s.signed(ctx), set.ID, req.GetRevision(), callerOf(ctx).name, s.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, revisionNotFound(set.ID, req.GetRevision())
	}
	if err != nil {
		return nil, err
	}
	resp := &aulav1.RestoreRevisionResponse{Revision: revision, Created: &created, Archived: set.Archived()}
	if created && set.Draft && set.Newest != req.GetRevision() {
		resp.SupersededDraft = set.Newest
	}
	return resp, nil
}

func (s libraryService) ArchiveSet(ctx context.Context, req *aulav1.ArchiveSetRequest) (*aulav1.ArchiveSetResponse, error) {
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	return &aulav1.ArchiveSetResponse{}, s.Store.Archive(s.signed(ctx), set.ID, !req.GetUndo(), s.Now())
}
