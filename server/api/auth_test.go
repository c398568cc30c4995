package api_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionv1alpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// try calls any method with a request that names the set, and returns how it ended.
func (s *someone) try(method protoreflect.MethodDescriptor, set string) error {
	request := dynamicpb.NewMessage(method.Input())
	text := func(name, value string) {
		if field := method.Input().Fields().ByName(protoreflect.Name(name)); field != nil && field.Kind() == protoreflect.StringKind {
			request.Set(field, protoreflect.ValueOfString(value))
		}
	}
	text("set", set)
	text("language", "es")
	text("digest", strings.Repeat("0", 64))
	if field := method.Input().Fields().ByName("revision"); field != nil {
		request.Set(field, protoreflect.ValueOfInt32(1))
	}
	if header := method.Input().Fields().ByName("header"); header != nil {
		if err := proto.Unmarshal(headerOf(set), request); err != nil {
			return err
		}
	}
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	stream, err := s.w.conn.NewStream(s.ctx(), &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, name)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if method.Name() == "WatchLeaderboard" || method.Name() == "Watch" { // which do not end
		return stream.RecvMsg(dynamicpb.NewMessage(method.Output()))
	}
	for err == nil {
		err = stream.RecvMsg(dynamicpb.NewMessage(method.Output()))
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func headerOf(set string) []byte {
	encoded, _ := proto.Marshal(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{Set: set, Language: "es"}}})
	return encoded
}

// Every method is open to those its proto names, and closed to all others, in their own
// language. A teacher finds nothing of another's.
func TestEveryMethodHasItsAudience(t *testing.T) {
	w := newWorld(t)
	ana, eva := w.teacher("Ana"), w.teacher("Eva")
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")), aulav1.LoadReport_PUBLISHED, 1)
	wantReport(t, ana.load(&aulav1.LoadSetHeader{Draft: true}, seas(2, "Seas")), aulav1.LoadReport_DRAFTED, 2)
	callers := []struct {
		*someone
		audience aulav1.Audience
	}{
		{&someone{w: w}, aulav1.Audience_ANYONE},
		{w.learner("Luz"), aulav1.Audience_LEARNER},
		{eva, aulav1.Audience_TEACHER},
		{ana, aulav1.Audience_TEACHER},
		{w.admin(), aulav1.Audience_ADMIN},
	}
	methods := 0
	for name := range w.server.GRPC().GetServiceInfo() {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			t.Fatal(err)
		}
		service := found.(protoreflect.ServiceDescriptor)
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			audience, _ := proto.GetExtension(method.Options(), aulav1.E_Audience).(aulav1.Audience)
			if audience == 0 {
				audience = aulav1.Audience_ANYONE // others' services
			}
			methods++
			for i, c := range callers {
				err := c.try(method, "seas")
				switch at := fmt.Sprintf("caller %d, %s", i, method.FullName()); {
				case c.audience >= audience:
					if code := status.Code(err); code == codes.Unauthenticated || code == codes.PermissionDenied || code == codes.Internal {
						t.Errorf("%s: %v", at, err)
					}
					if c.someone != eva || audience != aulav1.Audience_TEACHER || method.Input().Fields().ByName("set") == nil {
						break
					}
					wantReason(t, err, aulav1.ErrorReason_SET_NOT_FOUND, "No existe el conjunto de preguntas «seas»")
					if missing := c.try(method, "nothing"); strings.ReplaceAll(missing.Error(), "nothing", "seas") != err.Error() {
						t.Errorf("%s: another's set is told apart from a missing one: %v, %v", at, err, missing)
					}
				case c.key == "":
					wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "necesita una clave")
				default:
					wantReason(t, err, aulav1.ErrorReason_ROLE_NOT_ENOUGH, "esta llamada necesita "+audience.String())
				}
			}
		}
	}
	if methods < 25 {
		t.Errorf("%d methods were tried", methods)
	}
	report, err := eva.send(&aulav1.LoadSetHeader{Set: "seas", Language: "es"}, seas(1, "Mine"))
	wantReason(t, err, aulav1.ErrorReason_SET_TAKEN, "es de un conjunto de preguntas de otra persona")
	if report != nil {
		t.Errorf("reported %v", report)
	}
	_, err = eva.send(&aulav1.LoadSetHeader{Language: "es"}, seas(1, "Mine")) // by the file's own id
	wantReason(t, err, aulav1.ErrorReason_SET_TAKEN, "Elige otro id")
}

// Others' services are open to anyone by a list, which names those that there are.
func TestForAnyone(t *testing.T) {
	w := newWorld(t)
	for name := range w.server.GRPC().GetServiceInfo() {
		switch name {
		case healthv1.Health_ServiceDesc.ServiceName, reflectionv1.ServerReflection_ServiceDesc.ServiceName,
			reflectionv1alpha.ServerReflection_ServiceDesc.ServiceName:
		default:
			if !strings.HasPrefix(name, "aula.v1.") {
				t.Errorf("%s is served", name)
			}
		}
	}
}

// Whoever names a key that is no good is told so, whatever they ask for; and nothing of the
// key is told or logged.
func TestBadKeys(t *testing.T) {
	w := newWorld(t)
	good := w.teacher("Ana")
	expired := w.keyed(aulav1.AccessKey_TEACHER, "Eva", func(k *store.Key) { k.ExpiresAt = time.Now().Add(-time.Second) })
	revoked := w.teacher("Luz")
	if _, err := w.store.RevokeKey(t.Context(), revoked.id, time.Now()); err != nil {
		t.Fatal(err)
	}
	secret := good.key[len("aula_0123456789abcdef_"):]
	for name, headers := range map[string][]string{
		"empty":            {""},
		"no scheme":        {good.key},
		"another scheme":   {"Basic " + good.key},
		"no key":           {"Bearer"},
		"malformed":        {"Bearer aula_x"},
		"upper case":       {"Bearer " + strings.ToUpper(good.key)},
		"long":             {"Bearer " + good.key + strings.Repeat("0", 5000)},
		"cut short":        {"Bearer " + good.key[:len(good.key)-1]},
		"unknown":          {"Bearer aula_" + strings.Repeat("v", 16) + "_" + secret},
		"another secret":   {"Bearer " + good.key[:len(good.key)-4] + "zzzz", "Bearer " + good.key},
		"wrong secret":     {"Bearer " + good.key[:len(good.key)-4] + "abcd"},
		"another's":        {"Bearer aula_" + good.id + "_" + revoked.key[len(revoked.key)-52:]},
		"two":              {"Bearer " + good.key, "Bearer " + good.key},
		"expired":          {"Bearer " + expired.key},
		"revoked":          {"Bearer " + revoked.key},
		"wildcard":         {"Bearer aula_%_%"},
		"something behind": {"Bearer " + good.key + " " + good.key},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": headers})
			_, err := w.catalog.ListSets(ctx, &aulav1.ListSetsRequest{Language: "es"})
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "clave válida")
			_, err = all(w.media.GetMedia(ctx, &aulav1.GetMediaRequest{Digest: strings.Repeat("0", 64), Language: "es"}))
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "clave válida")
			_, err = healthv1.NewHealthClient(w.conn).Check(ctx, &healthv1.HealthCheckRequest{})
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "needs a key")
			watch, err := healthv1.NewHealthClient(w.conn).Watch(ctx, &healthv1.HealthCheckRequest{})
			if err == nil {
				_, err = watch.Recv()
			}
			wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "needs a key")
			if strings.Contains(fmt.Sprint(err, status.Convert(err).Details()), secret[40:]) {
				t.Errorf("the key is told: %v", err)
			}
		})
	}
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER  "} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", scheme+good.key)
		if _, err := w.library.ListOwnSets(ctx, &aulav1.ListOwnSetsRequest{}); err != nil {
			t.Errorf("%q: %v", scheme, err)
		}
	}
}

// A key that another process has revoked is no good within a second; one that this process
// has, at once.
func TestRevocation(t *testing.T) {
	w := newWorld(t)
	ana, eva, admin := w.teacher("Ana"), w.teacher("Eva"), w.admin()
	list := func(s *someone) error {
		_, err := w.library.ListOwnSets(s.ctx(), &aulav1.ListOwnSetsRequest{})
		return err
	}
	for _, s := range []*someone{ana, eva} {
		if err := list(s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.keys.RevokeKey(admin.ctx(), &aulav1.RevokeKeyRequest{Id: ana.id}); err != nil {
		t.Fatal(err)
	}
	wantReason(t, list(ana), aulav1.ErrorReason_KEY_NEEDED, "")
	if _, err := w.store.RevokeKey(t.Context(), eva.id, time.Now()); err != nil { // as another process does
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	wantReason(t, list(eva), aulav1.ErrorReason_KEY_NEEDED, "")
}
