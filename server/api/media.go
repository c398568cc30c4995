package api

import (
	"errors"
	"math"
	"slices"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// pieceSize is how many bytes of a file go into one message.
const pieceSize = 64 << 10

type mediaService struct {
	aulav1.UnimplementedMediaServiceServer
	*Server
}

func (s mediaService) GetMedia(req *aulav1.GetMediaRequest, stream grpc.ServerStreamingServer[aulav1.GetMediaResponse]) error {
	ctx := stream.Context()
	media, err := s.Store.Media(ctx, req.GetDigest())
	if errors.Is(err, store.ErrNotFound) {
		return fail(codes.NotFound, aulav1.ErrorReason_MEDIA_NOT_FOUND, "digest", req.GetDigest())
	}
	if err != nil {
		return err
	}
	if req.GetOffset() > media.Size {
		return fail(codes.OutOfRange, aulav1.ErrorReason_RANGE_NOT_SATISFIABLE,
			"offset", strconv.FormatInt(req.GetOffset(), 10), "size", strconv.FormatInt(media.Size, 10))
	}
	length := req.GetLength()
	if length == 0 {
		length = math.MaxInt64
	}
	// What it is goes by itself, so that a range with nothing in it tells as much.
	if err := stream.Send(&aulav1.GetMediaResponse{ContentType: media.ContentType, Size: media.Size}); err != nil {
		return err
	}
	return s.Store.ReadMedia(ctx, media, req.GetOffset(), length, func(part []byte) error {
		for piece := range slices.Chunk(part, pieceSize) {
			if err := stream.Send(&aulav1.GetMediaResponse{Chunk: piece}); err != nil {
				return err
			}
		}
		return nil
	})
}
