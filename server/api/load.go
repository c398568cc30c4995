package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/library"
	"aula/server/store"
)

// loading is a file on its way into a set.
type loading struct {
	libraryService
	*aulav1.LoadSetHeader
	caller *caller
	blocks [][]byte // of the file, as far as it has come
	size   int      // bytes in them
}

// blockSize is how many bytes of a file are put together at most as they come: messages may
// be tiny, and a single piece that grows would leave as much garbage behind.
const blockSize = 1 << 20

func (s libraryService) LoadSet(stream grpc.ClientStreamingServer[aulav1.LoadSetRequest, aulav1.LoadSetResponse]) error {
	ctx := stream.Context()
	l := &loading{libraryService: s, caller: callerOf(ctx)}
	defer l.end()
	s.work.spareMemory()
	defer s.work.spendMemory()
	if err := l.receive(stream); err != nil {
		return err
	}
	leave, err := s.enter(ctx, s.work.loads)
	if err != nil {
		return err
	}
	defer leave()
	report, err := l.load(ctx)
	if err != nil {
		return err
	}
	return stream.SendAndClose(&aulav1.LoadSetResponse{Report: report})
}

// receive takes the header and then the file. What can be refused by the header alone is,
// before the rest is sent. Errors: INVALID_REQUEST, FILE_TOO_LARGE, OVERLOADED, and those
// of target.
func (l *loading) receive(stream grpc.ClientStreamingServer[aulav1.LoadSetRequest, aulav1.LoadSetResponse]) error {
	for {
		part, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF) && l.LoadSetHeader != nil:
			return nil
		case errors.Is(err, io.EOF):
			return malformed("header", "rule.required")
		case status.Code(err) == codes.ResourceExhausted: // as gRPC itself has told the client
			return fail(codes.ResourceExhausted, aulav1.ErrorReason_FILE_TOO_LARGE, "limit", strconv.Itoa(maxRequest))
		case err != nil:
			return err
		}
		switch header := part.GetHeader(); {
		case l.LoadSetHeader == nil && header == nil:
			return malformed("header", "rule.required")
		case l.LoadSetHeader != nil && header != nil:
			return malformed("header", "field.header_twice")
		case header != nil:
			l.LoadSetHeader = header
			err = l.refuse(stream.Context())
		default:
			err = l.take(part.GetChunk())
		}
		if err != nil {
			return err
		}
	}
}

// refuse refuses what the header alone shows to lead nowhere.
func (l *loading) refuse(ctx context.Context) error {
	if l.GetFormat() != "" && !slices.Contains(library.Formats(), l.GetFormat()) {
		return unknownFormat(l.GetFormat())
	}
	if l.GetSet() == "" {
		if l.GetTranslate() {
			return malformed("header.set", "rule.required")
		}
		return nil
	}
	_, err := l.target(ctx, l.GetSet())
	return err
}

// take takes the next bytes of the file.
func (l *loading) take(chunk []byte) error {
	if l.size+len(chunk) > formats.MaxFile {
		return fail(codes.ResourceExhausted, aulav1.ErrorReason_FILE_TOO_LARGE, "limit", strconv.Itoa(formats.MaxFile))
	}
	if err := l.work.received.take(len(chunk)); err != nil {
		return err
	}
	for len(chunk) > 0 {
		last := len(l.blocks) - 1
		if last < 0 || len(l.blocks[last]) == cap(l.blocks[last]) {
			l.blocks = append(l.blocks, make([]byte, 0, min(max(l.size, len(chunk)), blockSize)))
			last++
		}
		n := min(len(chunk), cap(l.blocks[last])-len(l.blocks[last]))
		l.blocks[last] = append(l.blocks[last], chunk[:n]...)
		l.size += n
		chunk = chunk[n:]
	}
	return nil
}

// atOnce is how many bytes are copied before others get their turn: nothing stops a copy on
// its way, and where memory is new to the process 30 MB of it take half a second.
const atOnce = 64 << 10

// data is the file, once all of it has come.
func (l *loading) data() []byte {
	data := make([]byte, 0, l.size)
	for _, block := range l.blocks {
		for piece := range slices.Chunk(block, atOnce) {
			data = append(data, piece...)
			runtime.Gosched()
		}
	}
	l.blocks = nil
	return data
}

// end gives back the room that the file took.
func (l *loading) end() { _ = l.work.received.take(-l.size) }

// target is the set to load into; one of no revision where it is new. Errors: SET_TAKEN,
// SET_NOT_FOUND where a translation needs one of the caller's own.
func (l *loading) target(ctx context.Context, id string) (store.Set, error) {
	set, err := l.Store.Set(ctx, id)
	switch {
	case l.GetTranslate() && (errors.Is(err, store.ErrNotFound) || err == nil && !l.caller.owns(set)):
		return store.Set{}, setNotFound(id)
	case errors.Is(err, store.ErrNotFound):
		return store.Set{ID: id}, nil
	case err == nil && !l.caller.owns(set): // which cannot be kept from who wants the id
		return store.Set{}, fail(codes.AlreadyExists, aulav1.ErrorReason_SET_TAKEN, "set", id)
	}
	return set, err
}

// maxLoadTries bounds how often a file is loaded again because somebody else has revised
// the set meanwhile.
const maxLoadTries = 20

// load loads the file that was received. Errors: UNKNOWN_FORMAT, UNAVAILABLE where others
// keep revising the set, and those of target.
func (l *loading) load(ctx context.Context) (*aulav1.LoadReport, error) {
	file, err := library.Read(ctx, l.data(), library.Options{
		File: l.GetFile(), Format: l.GetFormat(), Set: l.GetSet(), ContentLanguage: l.GetContentLanguage(), Title: l.GetTitle(),
		Translate: l.GetTranslate(), Replace: l.GetReplace(), Partial: l.GetPartial(),
	})
	if _, ok := errors.AsType[*library.UnknownFormat](err); ok {
		return nil, unknownFormat(l.GetFormat())
	}
	if err != nil {
		return nil, err
	}
	for range maxLoadTries {
		report, err := l.bring(ctx, file)
		if !errors.Is(err, store.ErrOutOfDate) {
			return report, err
		}
	}
	return nil, fail(codes.Unavailable, aulav1.ErrorReason_UNAVAILABLE)
}

// bring brings the file together with the set as it is now. Errors: store.ErrOutOfDate
// where that has changed meanwhile, and those of target.
func (l *loading) bring(ctx context.Context, file *library.File) (*aulav1.LoadReport, error) {
	set, err := l.target(ctx, file.ID())
	if err != nil {
		return nil, err
	}
	var current *packed.Set
	if set.Newest > 0 {
		if current, err = l.Store.Source(ctx, set.ID, set.Newest); err != nil {
			return nil, err
		}
	}
	result, err := file.Load(ctx, current, l.Locales.Words)
	if err != nil {
		return nil, err
	}
	if result.Set != nil && result.Set.Head.GetId() != set.ID {
		return nil, internal(fmt.Errorf("a file for the set %s became the set %s", set.ID, result.Set.Head.GetId()))
	}
	outcome, revision, err := l.settle(ctx, set, result)
	if err != nil {
		return nil, err
	}
	report := result.Report(l.caller.locale.Text, l.caller.told())
	report.Outcome, report.Revision, report.Archived = outcome, revision, set.Archived()
	return report, nil
}

// maxReady bounds, in questions, the sets that are made ready for learners as they are
// published. A larger one takes much memory, for as long as it may be that nobody plays it:
// whoever is first waits for it to be read.
const maxReady = 10_000

// settle decides what becomes of the file, and sees to it.
func (l *loading) settle(ctx context.Context, set store.Set, result *library.Result) (aulav1.LoadReport_Outcome, int32, error) {
	draft := l.GetDraft() || l.GetTranslate() && set.Draft // nobody publishes a draft by translating it
	publish := set.Draft && !draft                         // what is there already as a draft
	switch {
	case result.Set == nil:
		return aulav1.LoadReport_REFUSED, set.Revision, nil
	case !result.Changed && !publish:
		return aulav1.LoadReport_UNCHANGED, set.Newest, l.Store.Confirm(ctx) // it may be a repeat
	case l.GetDryRun():
		return aulav1.LoadReport_CHECKED, set.Revision, nil
	}
	// It may have taken minutes since the key was looked at.
	if err := l.authorise(ctx, l.caller, aulav1.LibraryService_LoadSet_FullMethodName); err != nil {
		return 0, 0, err
	}
	if !result.Changed {
		revision, err := l.Store.PublishDraft(l.signed(ctx), set.ID, set.Newest, l.Now())
		if errors.Is(err, store.ErrNotADraft) {
			err = store.ErrOutOfDate
		}
		return aulav1.LoadReport_PUBLISHED, revision, err
	}
	if err := l.keepMedia(ctx, result); err != nil {
		return 0, 0, err
	}
	outcome := aulav1.LoadReport_PUBLISHED
	if draft {
		outcome = aulav1.LoadReport_DRAFTED
	}
	revision, err := l.Store.Revise(l.signed(ctx), store.Edition{
		Set: result.Published, Source: result.Set, After: set.Newest, Draft: draft,
		Owner: l.caller.teacher, Author: l.caller.name, File: l.GetFile(),
	}, l.Now())
	if err != nil {
		return 0, 0, err
	}
	if !draft && len(result.Published.Questions) <= maxReady { // so that no learner waits for it to be read again
		_, _ = l.revisions.keep(revisionKey{set.ID, revision}, result.Published.Message())
	}
	return outcome, revision, nil
}

// keepMedia keeps the content of the media that the set refers to, where it is not there:
// what the file did not bring, the set has had before.
func (l *loading) keepMedia(ctx context.Context, result *library.Result) error {
	types := map[string]string{} // by digest
	for _, media := range result.Set.Head.GetMedia() {
		if media.GetDigest() != "" {
			types[media.GetDigest()] = media.GetContentType()
		}
	}
	missing, err := l.Store.TouchMedia(ctx, slices.Sorted(maps.Keys(types)), l.Now())
	if err != nil {
		return err
	}
	for _, digest := range missing {
		content, brought := result.Media[digest]
		if !brought {
			return internal(fmt.Errorf("the content of media %s is missing", digest))
		}
		if _, err := l.Store.KeepMedia(ctx, types[digest], content, l.Now()); err != nil {
			return err
		}
	}
	return nil
}
