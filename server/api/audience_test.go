package api

import (
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	aulav1 "aula/proto/aula/v1"
)

// A server does not start with a method of which nobody has said who may call it.
func TestAudiencesAreSaid(t *testing.T) {
	options := &descriptorpb.MethodOptions{}
	proto.SetExtension(options, aulav1.E_Audience, aulav1.Audience_TEACHER)
	message := ".aula.v1.GetSetRequest"
	file := &descriptorpb.FileDescriptorProto{
		Name: new("aula/v1/moon.proto"), Package: new("aula.v1"), Dependency: []string{"aula/v1/catalog_service.proto"},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: new("MoonService"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: new("Said"), InputType: &message, OutputType: &message, Options: options},
			{Name: new("Unsaid"), InputType: &message, OutputType: &message},
		}}},
	}
	made, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	files := &protoregistry.Files{}
	if err := files.RegisterFile(made); err != nil {
		t.Fatal(err)
	}
	serving := func(methods ...string) map[string]grpc.ServiceInfo {
		var service grpc.ServiceInfo
		for _, name := range methods {
			service.Methods = append(service.Methods, grpc.MethodInfo{Name: name})
		}
		return map[string]grpc.ServiceInfo{"aula.v1.MoonService": service}
	}
	found, err := audiences(serving("Said"), files)
	if err != nil || found["/aula.v1.MoonService/Said"] != aulav1.Audience_TEACHER {
		t.Errorf("%v, %v", found, err)
	}
	for _, method := range []string{"Unsaid", "Unknown"} {
		if _, err := audiences(serving("Said", method), files); err == nil || !strings.Contains(err.Error(), "/aula.v1.MoonService/"+method) {
			t.Errorf("%s: %v", method, err)
		}
	}
	others := map[string]grpc.ServiceInfo{"moon.v1.Other": {Methods: []grpc.MethodInfo{{Name: "Shine"}}}}
	if _, err := audiences(others, files); err == nil {
		t.Error("a service of others that no list names is served")
	}
}
