package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// A join code is 40 random bits, which is little, for ten minutes, which is short: at ten
// guesses a second, as the limits have it, and with a hundred codes that are good at any
// time, one of them is guessed in 35 years.
const joinCodeGood = 10 * time.Minute

// codeAlphabet leaves out the letters that are mistaken for others; readCode takes them for
// those.
var codeAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// newCode makes a join code, in two groups.
func newCode() string {
	var random [5]byte
	_, _ = rand.Read(random[:]) // never fails, as its documentation says
	code := codeAlphabet.EncodeToString(random[:])
	return code[:4] + "-" + code[4:]
}

// hashOfCode is what the server keeps of a code, however it was typed. What is no code at all
// takes the same way, so that nothing tells how near it comes to one.
func hashOfCode(typed string) []byte {
	sum := sha256.Sum256([]byte(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case r < '0' || r > 'z': // hyphens, whatever a keyboard makes of them, and spaces
			return -1
		}
		switch r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		case 'U':
			return 'V'
		}
		return r
	}, typed)))
	return sum[:]
}

func (s learnerService) CreateJoinCode(ctx context.Context, _ *aulav1.CreateJoinCodeRequest) (*aulav1.CreateJoinCodeResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	code, now := newCode(), s.Now()
	expires := now.Add(joinCodeGood).Truncate(time.Millisecond)
	err = s.Store.CreateJoinCode(ctx, l.GetId(), hashOfCode(code), now, expires)
	if errors.Is(err, store.ErrNotFound) {
		return nil, tokenNeeded() // they were erased a moment ago
	}
	if err != nil {
		return nil, err
	}
	return &aulav1.CreateJoinCodeResponse{Code: code, ExpiresAt: timestamppb.New(expires)}, nil
}

func (s learnerService) JoinLearner(ctx context.Context, req *aulav1.JoinLearnerRequest) (*aulav1.JoinLearnerResponse, error) {
	if err := s.tryCode(callerOf(ctx)); err != nil {
		return nil, err
	}
	now := s.Now()
	id, secret := newKey(now)
	device := store.Key{ID: id, Name: nickname(req.GetDeviceName()), Hash: hashOf(secret), CreatedAt: now}
	profile, err := s.Store.JoinLearner(ctx, hashOfCode(req.GetCode()), device, now)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_JOIN_CODE_UNKNOWN)
	}
	if err != nil {
		return nil, err
	}
	return &aulav1.JoinLearnerResponse{Learner: profile, Device: id, Token: "aula_" + id + "_" + secret}, nil
}

// maxDevices is how many devices are listed.
const maxDevices = 100

func (s learnerService) ListDevices(ctx context.Context, _ *aulav1.ListDevicesRequest) (*aulav1.ListDevicesResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := s.Store.Devices(ctx, l.GetId(), maxDevices)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ListDevicesResponse{}
	for _, key := range keys {
		resp.Devices = append(resp.Devices, &aulav1.Device{
			Id: key.ID, Name: key.Name, JoinedAt: timestamppb.New(key.CreatedAt), Current: key.ID == l.device,
		})
	}
	return resp, nil
}

func (s learnerService) RemoveDevice(ctx context.Context, req *aulav1.RemoveDeviceRequest) (*aulav1.RemoveDeviceResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Store.RemoveDevice(ctx, l.GetId(), req.GetDevice(), s.Now())
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_DEVICE_NOT_FOUND, "device", req.GetDevice())
	}
	if err != nil {
		return nil, err
	}
	s.keys.forget(req.GetDevice())
	return &aulav1.RemoveDeviceResponse{}, nil
}
