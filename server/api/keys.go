package api

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

type keyService struct {
	aulav1.UnimplementedKeyServiceServer
	*Server
}

func (s keyService) CreateKey(ctx context.Context, req *aulav1.CreateKeyRequest) (*aulav1.CreateKeyResponse, error) {
	name := nickname(req.GetName())
	if name == "" {
		return nil, malformed("name", "field.blank")
	}
	now := s.Now()
	id, secret := newKey(now)
	key := store.Key{ID: id, Role: req.GetRole(), Name: name, Teacher: req.GetTeacher(), Hash: hashOf(secret), CreatedAt: now}
	if lifetime := req.GetLifetime(); lifetime != nil {
		key.ExpiresAt = now.Add(lifetime.AsDuration())
	}
	key, err := s.Store.CreateKey(s.signed(ctx), key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, keyNotFound(req.GetTeacher())
	}
	if err != nil {
		return nil, err
	}
	return &aulav1.CreateKeyResponse{Key: accessKey(key), Secret: "aula_" + id + "_" + secret}, nil
}

// keyID is what the id of a key looks like.
var keyID = regexp.MustCompile(`^[0-9a-v]{16}$`)

func (s keyService) ListKeys(ctx context.Context, req *aulav1.ListKeysRequest) (*aulav1.ListKeysResponse, error) {
	before, err := readPageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if before != "" && !keyID.MatchString(before) {
		return nil, invalidPageToken()
	}
	size := int(cmp.Or(req.GetPageSize(), defaultPage))
	keys, err := s.Store.Keys(ctx, before, size+1)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ListKeysResponse{}
	if len(keys) > size {
		keys = keys[:size]
		resp.NextPageToken = pageToken(keys[size-1].ID)
	}
	for _, key := range keys {
		resp.Keys = append(resp.Keys, accessKey(key))
	}
	return resp, nil
}

func (s keyService) RevokeKey(ctx context.Context, req *aulav1.RevokeKeyRequest) (*aulav1.RevokeKeyResponse, error) {
	key, err := s.Store.RevokeKey(s.signed(ctx), req.GetId(), s.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, keyNotFound(req.GetId())
	}
	if err != nil {
		return nil, err
	}
	s.keys.forget(key.ID)
	return &aulav1.RevokeKeyResponse{Key: accessKey(key)}, nil
}

func keyNotFound(id string) error {
	return fail(codes.NotFound, aulav1.ErrorReason_KEY_NOT_FOUND, "key", id)
}

func accessKey(k store.Key) *aulav1.AccessKey {
	return &aulav1.AccessKey{
		Id: k.ID, Role: k.Role, Name: k.Name, Teacher: k.Teacher,
		CreatedAt: timestamp(k.CreatedAt), ExpiresAt: timestamp(k.ExpiresAt), RevokedAt: timestamp(k.RevokedAt),
	}
}

// timestamp is a time that may be missing.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
