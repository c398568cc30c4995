package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"golang.org/x/text/language"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/formats"
	"aula/questions/library"
)

// defaultFormat is what sets are exported as where the request names nothing.
const defaultFormat = "yaml"

func (s libraryService) ExportSet(req *aulav1.ExportSetRequest, stream grpc.ServerStreamingServer[aulav1.ExportSetResponse]) error {
	ctx := stream.Context()
	set, err := s.own(ctx, req.GetSet())
	if err != nil {
		return err
	}
	format, revision := cmp.Or(req.GetFormat(), defaultFormat), cmp.Or(req.GetRevision(), set.Revision, set.Newest)
	if !slices.Contains(library.Formats(), format) {
		return unknownFormat(format)
	}
	languages, err := wanted(req.GetLanguages())
	if err != nil {
		return err
	}
	file := &written{ctx: ctx, room: &s.work.sent}
	defer file.discard()
	problems, err := s.write(ctx, file, set.ID, revision, format, languages)
	if err != nil {
		return err
	}
	if err := stream.Send(&aulav1.ExportSetResponse{Part: &aulav1.ExportSetResponse_Header{Header: &aulav1.ExportSetHeader{
		File: set.ID + library.Extension(format), ContentType: library.ContentType(format), Revision: revision,
	}}}); err != nil {
		return err
	}
	if err := file.send(stream); err != nil {
		return err
	}
	return stream.Send(&aulav1.ExportSetResponse{Part: &aulav1.ExportSetResponse_Summary{Summary: &aulav1.ExportSetSummary{
		Problems: library.TellProblems(problems, callerOf(ctx).locale.Text),
	}}})
}

// write writes the whole file: sending it takes as long as its reader likes, and others wait
// for the place. Errors: REVISION_NOT_FOUND, FILE_TOO_LARGE, OVERLOADED.
func (s libraryService) write(
	ctx context.Context, file *written, set string, revision int32, format string, languages []string,
) (formats.Problems, error) {
	leave, err := s.enter(ctx, s.work.exports)
	if err != nil {
		return nil, err
	}
	defer leave()
	content, err := s.source(ctx, set, revision)
	if err != nil {
		return nil, err
	}
	source := content.Message()
	if !library.HoldsFacts(format) {
		source, _ = questions.Expand(source, s.Locales.Words) // it has passed Compile
	}
	if library.HoldsMedia(format) {
		if err := s.fill(ctx, source); err != nil {
			return nil, err
		}
	}
	return library.Export(file, source, format, languages)
}

// written is a file that waits to be sent, in pieces.
type written struct {
	ctx    context.Context // of the call
	room   *room
	pieces [][]byte
}

// Write fails where nobody waits for the file any longer. Errors: OVERLOADED.
func (f *written) Write(p []byte) (n int, err error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	for n < len(p) {
		last := len(f.pieces) - 1
		if last < 0 || len(f.pieces[last]) == pieceSize {
			if err := f.room.take(pieceSize); err != nil {
				return n, err
			}
			f.pieces = append(f.pieces, make([]byte, 0, pieceSize))
			last++
		}
		more := min(len(p)-n, pieceSize-len(f.pieces[last]))
		f.pieces[last] = append(f.pieces[last], p[n:n+more]...)
		n += more
	}
	return n, nil
}

// send sends the pieces, and gives back the room of each.
func (f *written) send(stream grpc.ServerStreamingServer[aulav1.ExportSetResponse]) error {
	for len(f.pieces) > 0 {
		if err := stream.Send(&aulav1.ExportSetResponse{Part: &aulav1.ExportSetResponse_Chunk{Chunk: f.pieces[0]}}); err != nil {
			return err
		}
		f.pieces[0] = nil
		f.pieces = f.pieces[1:]
		_ = f.room.take(-pieceSize)
	}
	return nil
}

// discard gives back the room of what was not sent.
func (f *written) discard() { _ = f.room.take(-pieceSize * len(f.pieces)) }

// wanted reads the languages that a file is to be written in; nil for whichever there are.
// One that the set has not is written too: for somebody to fill it in.
func wanted(languages []string) (tags []string, err error) {
	for _, name := range languages {
		tag, err := language.Parse(name)
		if err != nil {
			return nil, unknownLanguage("languages", name)
		}
		tags = append(tags, tag.String())
	}
	return tags, nil
}

// languagesOf lists the languages of a set, the one to fall back to first.
func languagesOf(set *aulav1.QuestionSet) []string {
	others := slices.Sorted(maps.Keys(set.GetTitle()))
	first := slices.Index(others, set.GetLanguage())
	if first < 0 {
		return others
	}
	return append([]string{set.GetLanguage()}, slices.Delete(others, first, first+1)...)
}

// fill puts the content of a set's media into it. Errors: FILE_TOO_LARGE.
func (s libraryService) fill(ctx context.Context, set *aulav1.QuestionSet) error {
	contents, size := map[string][]byte{}, int64(0)
	for _, media := range set.GetMedia() {
		digest := media.GetDigest()
		if digest == "" || contents[digest] != nil {
			media.Data = contents[digest]
			continue
		}
		kept, err := s.Store.Media(ctx, digest)
		if err != nil {
			return err
		}
		if size += kept.Size; size > formats.MaxUnpacked {
			return fail(codes.ResourceExhausted, aulav1.ErrorReason_FILE_TOO_LARGE, "limit", strconv.Itoa(formats.MaxUnpacked))
		}
		content := make([]byte, 0, kept.Size)
		if err := s.Store.ReadMedia(ctx, kept, 0, kept.Size, func(part []byte) error {
			content = append(content, part...)
			return nil
		}); err != nil {
			return err
		}
		contents[digest], media.Data = content, content
	}
	return nil
}
