package api_test

import (
	"cmp"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	aulav1 "aula/proto/aula/v1"
)

// methodsOf lists every method that is served, by name.
func methodsOf(t testing.TB, w *world) (methods []protoreflect.MethodDescriptor) {
	t.Helper()
	for name := range w.server.GRPC().GetServiceInfo() {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			t.Fatal(err)
		}
		service := found.(protoreflect.ServiceDescriptor)
		for i := range service.Methods().Len() {
			methods = append(methods, service.Methods().Get(i))
		}
	}
	slices.SortFunc(methods, func(a, b protoreflect.MethodDescriptor) int { return cmp.Compare(a.FullName(), b.FullName()) })
	return methods
}

// audienceOf is who may call a method: anyone, where it is of others' making.
func audienceOf(method protoreflect.MethodDescriptor) aulav1.Audience {
	audience, _ := proto.GetExtension(method.Options(), aulav1.E_Audience).(aulav1.Audience)
	if audience == aulav1.Audience_AUDIENCE_UNSPECIFIED {
		return aulav1.Audience_ANYONE
	}
	return audience
}
