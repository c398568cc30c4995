package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// forAnyone are the services of others' making, whose methods cannot say who may call them.
var forAnyone = []string{
	healthv1.Health_ServiceDesc.ServiceName,
	reflectionv1.ServerReflection_ServiceDesc.ServiceName,
	reflectionv1alpha.ServerReflection_ServiceDesc.ServiceName,
}

// descriptors finds what is known of a service by its name, as *protoregistry.Files does.
type descriptors interface {
	FindDescriptorByName(name protoreflect.FullName) (protoreflect.Descriptor, error)
}

// audiences reads who may call each method, by its full name such as
// /aula.v1.QuizService/GetPrompt. A method that does not say is an error.
func audiences(services map[string]grpc.ServiceInfo, files descriptors) (map[string]aulav1.Audience, error) {
	found := map[string]aulav1.Audience{}
	for name, service := range services {
		for _, method := range service.Methods {
			full := "/" + name + "/" + method.Name
			if slices.Contains(forAnyone, name) {
				found[full] = aulav1.Audience_ANYONE
				continue
			}
			descriptor, err := files.FindDescriptorByName(protoreflect.FullName(name + "." + method.Name))
			if err != nil {
				return nil, fmt.Errorf("who may call %s: %w", full, err)
			}
			audience, _ := proto.GetExtension(descriptor.Options(), aulav1.E_Audience).(aulav1.Audience)
			if audience == aulav1.Audience_AUDIENCE_UNSPECIFIED {
				return nil, fmt.Errorf("who may call %s: its proto has no option (audience)", full)
			}
			found[full] = audience
		}
	}
	return found, nil
}

// signsUp are the calls by which someone without a key comes to one.
var signsUp = []string{
	aulav1.LearnerService_CreateLearner_FullMethodName,
	aulav1.LearnerService_JoinLearner_FullMethodName,
}

// withoutGuests keeps for those with a key what was open to anyone, but what they get one by.
// What others made stays open: it tells nothing of learners or sets.
func withoutGuests(audiences map[string]aulav1.Audience) {
	for method, audience := range audiences {
		if audience == aulav1.Audience_ANYONE && strings.HasPrefix(method, "/"+ours+".") && !slices.Contains(signsUp, method) {
			audiences[method] = aulav1.Audience_LEARNER
		}
	}
}

// admit is authorise, within the limits of the caller's address and of who they are. Errors:
// TOO_MANY_CALLS, TOO_MANY_GUESSES, and those of authorise.
func (s *Server) admit(ctx context.Context, c *caller, method string) error {
	now := time.Now()
	if err := s.limitAddress(ctx, c, now); err != nil {
		return err
	}
	if err := s.authorise(ctx, c, method); err != nil {
		return err
	}
	return s.limitCaller(c, now)
}

// authorise finds out who makes a call, and refuses it to those it is not for. Errors:
// KEY_NEEDED, ROLE_NOT_ENOUGH, TOO_MANY_GUESSES.
func (s *Server) authorise(ctx context.Context, c *caller, method string) (err error) {
	needed, known := s.audiences[method]
	if c.identity, err = s.identify(ctx, c); err != nil {
		if needed == aulav1.Audience_LEARNER && isReason(err, aulav1.ErrorReason_KEY_NEEDED) {
			return tokenNeeded()
		}
		return err
	}
	if !known { // gRPC knows no other methods than New did
		return internal(fmt.Errorf("nobody may call %s", method))
	}
	if c.may(needed) {
		c.speakTo(c.learner)
		return nil
	}
	if c.role == aulav1.AccessKey_ROLE_UNSPECIFIED && needed == aulav1.Audience_LEARNER {
		if s.NoGuests {
			return signInNeeded()
		}
		return tokenNeeded()
	}
	if c.role == aulav1.AccessKey_ROLE_UNSPECIFIED {
		return keyNeeded()
	}
	return fail(codes.PermissionDenied, aulav1.ErrorReason_ROLE_NOT_ENOUGH, "role", c.role.String(), "needed", needed.String())
}

// may reports whether someone is among those a call is for.
func (i identity) may(needed aulav1.Audience) bool {
	switch needed {
	case aulav1.Audience_ANYONE:
		return true
	case aulav1.Audience_LEARNER:
		return i.role >= aulav1.AccessKey_LEARNER
	case aulav1.Audience_TEACHER:
		return i.role >= aulav1.AccessKey_TEACHER
	default:
		return i.admin()
	}
}

// signed returns a context whose changes are the caller's, for the audit log.
func (s *Server) signed(ctx context.Context) context.Context {
	c := callerOf(ctx)
	actor := store.Actor{Key: c.key, Role: c.role, Name: c.name}
	if address := s.limits.addressOf(ctx); address.IsValid() {
		actor.Address = address.String()
	}
	return store.By(ctx, actor)
}
