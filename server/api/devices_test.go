package api_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	aulav1 "aula/proto/aula/v1"
)

// profile is the learner as the server tells them.
func (s *someone) profile() *aulav1.Learner {
	s.w.t.Helper()
	got, err := s.w.learn.GetLearner(s.ctx(), &aulav1.GetLearnerRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return got.GetLearner()
}

// code makes a join code.
func (s *someone) code() string {
	s.w.t.Helper()
	made, err := s.w.learn.CreateJoinCode(s.ctx(), &aulav1.CreateJoinCodeRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	if good := time.Until(made.GetExpiresAt().AsTime()); good > 10*time.Minute {
		s.w.t.Errorf("a code is good for %v", good)
	}
	return made.GetCode()
}

// device has another device join the learner.
func (s *someone) device(name string) *someone {
	s.w.t.Helper()
	joined, err := s.w.learn.JoinLearner(s.w.t.Context(), &aulav1.JoinLearnerRequest{Code: s.code(), DeviceName: name})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return &someone{s.w, joined.GetToken(), joined.GetDevice()}
}

func (s *someone) devices() []*aulav1.Device {
	s.w.t.Helper()
	list, err := s.w.learn.ListDevices(s.ctx(), &aulav1.ListDevicesRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return list.GetDevices()
}

// A code may be typed in any way that can be told apart, and once.
func TestJoinCode(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	join := func(code, language string) (*aulav1.JoinLearnerResponse, error) {
		return w.learn.JoinLearner(t.Context(), &aulav1.JoinLearnerRequest{Code: code, DeviceName: " Tableta\u202e  nueva ", Language: language})
	}
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	for name, typed := range map[string]func(string) string{
		"as shown":     func(code string) string { return code },
		"lower case":   strings.ToLower,
		"no hyphen":    func(code string) string { return strings.ReplaceAll(code, "-", "") },
		"spaces":       func(code string) string { return " " + strings.ReplaceAll(code, "-", "  ") + " " },
		"a long dash":  func(code string) string { return strings.ReplaceAll(code, "-", "–") },
		"look-alikes":  func(code string) string { return strings.NewReplacer("0", "o", "1", "l", "V", "u").Replace(code) },
		"look-alike I": func(code string) string { return strings.NewReplacer("0", "O", "1", "I").Replace(code) },
	} {
		code := luz.code()
		if !form.MatchString(code) {
			t.Errorf("the code is %s", code)
		}
		joined, err := join(typed(code), "")
		if err != nil || !proto.Equal(joined.GetLearner(), luz.profile()) {
			t.Errorf("%s: joined %v, %v", name, joined, err)
			continue
		}
		if other := (&someone{w, joined.GetToken(), joined.GetDevice()}); !proto.Equal(other.profile(), luz.profile()) {
			t.Errorf("%s: the device is %v's", name, other.profile())
		}
		_, err = join(typed(code), "es")
		wantReason(t, err, aulav1.ErrorReason_JOIN_CODE_UNKNOWN, "Este código para unirse no sirve")
	}
	first := luz.code()
	second := luz.code()
	_, err := join(first, "en")
	wantReason(t, err, aulav1.ErrorReason_JOIN_CODE_UNKNOWN, "This join code is not good")
	for _, wrong := range []string{"-", "0", second[:8], second + "0", "ññññ-ññññ", "%", strings.Repeat("Z", 20)} {
		_, err := join(wrong, "es")
		wantReason(t, err, aulav1.ErrorReason_JOIN_CODE_UNKNOWN, "Pide otro")
	}
	for _, malformed := range []string{"", strings.Repeat("Z", 21)} {
		_, err := join(malformed, "es")
		wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "code")
	}
	if _, err := join(second, ""); err != nil {
		t.Errorf("after wrong ones the right one: %v", err)
	}
	if name := luz.devices()[0].GetName(); name != "Tableta nueva" {
		t.Errorf("the device is called %q", name)
	}
}

// A device that is removed is out at once, and within a second where another process did it.
func TestDevices(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	tablet, laptop := luz.device("tableta"), luz.device("portátil")
	var listed []string
	for _, device := range tablet.devices() {
		listed = append(listed, fmt.Sprint(device.GetName(), device.GetCurrent()))
	}
	if got := strings.Join(listed, " "); got != "portátilfalse tabletatrue teléfonofalse" {
		t.Errorf("the devices are %s", got)
	}
	remove := func(by *someone, device, language string) error {
		_, err := w.learn.RemoveDevice(by.ctx(), &aulav1.RemoveDeviceRequest{Device: device, Language: language})
		return err
	}
	missing := remove(eva, "0123456789abcdef", "es")
	wantReason(t, missing, aulav1.ErrorReason_DEVICE_NOT_FOUND, "No tienes ningún dispositivo «0123456789abcdef»")
	wantReason(t, remove(eva, luz.id, "en"), aulav1.ErrorReason_DEVICE_NOT_FOUND, "You have no device")
	if another := remove(eva, luz.id, "es"); strings.ReplaceAll(another.Error(), luz.id, "0123456789abcdef") != missing.Error() {
		t.Errorf("another's device is told apart from a missing one: %v, %v", another, missing)
	}
	if err := remove(luz, laptop.id, ""); err != nil {
		t.Fatal(err)
	}
	get := func(s *someone) error {
		_, err := w.learn.GetLearner(s.ctx(), &aulav1.GetLearnerRequest{})
		return err
	}
	wantReason(t, get(laptop), aulav1.ErrorReason_KEY_NEEDED, "that of a device that was removed is not good any more")
	if err := remove(luz, laptop.id, ""); err != nil {
		t.Errorf("removed again: %v", err)
	}
	if err := w.store.RemoveDevice(t.Context(), luz.profile().GetId(), tablet.id, time.Now()); err != nil { // as another process does
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	wantReason(t, get(tablet), aulav1.ErrorReason_KEY_NEEDED, "")
	if devices := luz.devices(); len(devices) != 1 || devices[0].GetId() != luz.id {
		t.Errorf("left are %v", devices)
	}
	if err := remove(luz, luz.id, ""); err != nil { // as an app does that signs out
		t.Fatal(err)
	}
	wantReason(t, get(luz), aulav1.ErrorReason_KEY_NEEDED, "")
}

// A learner's devices are no keys to whoever runs the server.
func TestDevicesAreNoKeys(t *testing.T) {
	w := newWorld(t)
	luz, admin := w.learner("Luz"), w.admin()
	page, err := w.keys.ListKeys(admin.ctx(), &aulav1.ListKeysRequest{})
	if err != nil || len(page.GetKeys()) != 1 || page.GetKeys()[0].GetId() != admin.id {
		t.Errorf("listed %v, %v", page, err)
	}
	_, err = w.keys.RevokeKey(admin.ctx(), &aulav1.RevokeKeyRequest{Id: luz.id, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_KEY_NOT_FOUND, "No existe la clave")
	luz.profile()
	_, err = w.keys.CreateKey(admin.ctx(), &aulav1.CreateKeyRequest{Role: aulav1.AccessKey_TEACHER, Name: "Ana", Teacher: luz.id})
	wantReason(t, err, aulav1.ErrorReason_KEY_NOT_FOUND, "")
}

// The calls for learners are nobody else's, in both languages.
func TestNotALearner(t *testing.T) {
	w := newWorld(t)
	found, err := protoregistry.GlobalFiles.FindDescriptorByName("aula.v1.LearnerService")
	if err != nil {
		t.Fatal(err)
	}
	methods := found.(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		method := methods.Get(i)
		if audience, _ := proto.GetExtension(method.Options(), aulav1.E_Audience).(aulav1.Audience); audience != aulav1.Audience_LEARNER {
			continue
		}
		for _, s := range []*someone{w.teacher("Ana"), w.admin()} {
			err := s.ask(method, map[string]string{"device": "x", "id": "x", "attempts": "x", "language": "es"})
			wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "Esta llamada es de un estudiante")
			err = s.ask(method, map[string]string{"device": "x", "id": "x", "attempts": "x", "language": "en"})
			wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "This call is a learner’s")
		}
	}
}

func TestUpdateLearner(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	tablet := luz.device("tableta")
	tablet.profile() // is kept from here on
	update := func(req *aulav1.UpdateLearnerRequest) *aulav1.Learner {
		t.Helper()
		resp, err := w.learn.UpdateLearner(luz.ctx(), req)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(resp.GetLearner(), luz.profile()) || !proto.Equal(resp.GetLearner(), tablet.profile()) {
			t.Errorf("told %v, then %v, and the other device %v", resp.GetLearner(), luz.profile(), tablet.profile())
		}
		return resp.GetLearner()
	}
	before := luz.profile()
	if got := update(&aulav1.UpdateLearnerRequest{}); !proto.Equal(got, before) {
		t.Errorf("nothing was to change, and %v is %v", before, got)
	}
	want := proto.CloneOf(before)
	want.Name, want.Language, want.OtherLanguages, want.TimeZone = "Luz María", "en", []string{"es-EC", "fr"}, "Europe/Madrid"
	want.RolloverHour, want.NewPerDay, want.ReviewsPerDay = 0, 0, 9999
	got := update(&aulav1.UpdateLearnerRequest{
		Name: new("  Luz\u202e María "), Language: "en", OtherLanguages: []string{"es-ec", "fr", "en", "es-EC"}, TimeZone: new("Europe/Madrid"),
		RolloverHour: new(int32(0)), NewPerDay: new(int32(0)), ReviewsPerDay: new(int32(9999)),
	})
	if !proto.Equal(got, want) {
		t.Errorf("changed to %v, want %v", got, want)
	}
	want.OtherLanguages, want.Scheduling.Version = nil, 2
	want.Scheduling.DesiredRetention, want.Scheduling.MaximumInterval = 0.97, 1
	want.Scheduling.LearningSteps, want.Scheduling.RelearningSteps = nil, steps(time.Second, time.Hour)
	reschedule := &aulav1.UpdateLearnerRequest{
		OtherLanguages: []string{""}, DesiredRetention: new(0.97), MaximumInterval: new(int32(1)),
		LearningSteps: &aulav1.Steps{}, RelearningSteps: &aulav1.Steps{Steps: steps(time.Second, time.Hour)},
	}
	for range 2 { // the second time nothing changes, nor does the version
		if got = update(reschedule); !proto.Equal(got, want) {
			t.Errorf("changed to %v, want %v", got, want)
		}
	}
	// Whoever names no language is now spoken to in English.
	_, err := w.quiz.GetAttempt(tablet.ctx(), &aulav1.GetAttemptRequest{Attempt: "none"})
	wantReason(t, err, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "There is no attempt")
}

func TestUpdateLearnerMistakes(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	before := luz.profile()
	for _, c := range []struct {
		field, spanish, english string
		req                     *aulav1.UpdateLearnerRequest
	}{
		{"name", "signo visible", "can be seen", &aulav1.UpdateLearnerRequest{Name: new("\u202e \t")}},
		{"name", "al menos 1 carácter", "at least 1", &aulav1.UpdateLearnerRequest{Name: new("")}},
		{"name", "como máximo 40", "at most 40", &aulav1.UpdateLearnerRequest{Name: new(strings.Repeat("a", 41))}},
		{"time_zone", "no es una zona horaria", "is no time zone", &aulav1.UpdateLearnerRequest{TimeZone: new("Quito")}},
		{"time_zone", "no es una zona horaria", "is no time zone", &aulav1.UpdateLearnerRequest{TimeZone: new("Local")}},
		{"time_zone", "no es una zona horaria", "is no time zone", &aulav1.UpdateLearnerRequest{TimeZone: new("../../etc/passwd")}},
		{"other_languages[1]", "«español» no es una etiqueta", "“español” is not a language tag", &aulav1.UpdateLearnerRequest{OtherLanguages: []string{"en", "español"}}},
		{"other_languages[1]", "no es una etiqueta", "is not a language tag", &aulav1.UpdateLearnerRequest{OtherLanguages: []string{"en", ""}}},
		{"rollover_hour", "entre 0 y 23", "between 0 and 23", &aulav1.UpdateLearnerRequest{RolloverHour: new(int32(24))}},
		{"new_per_day", "entre 0 y 9999", "between 0 and 9999", &aulav1.UpdateLearnerRequest{NewPerDay: new(int32(-1))}},
		{"desired_retention", "entre 0.7 y 0.97", "between 0.7 and 0.97", &aulav1.UpdateLearnerRequest{DesiredRetention: new(0.69)}},
		{"maximum_interval", "entre 1 y 36500", "between 1 and 36500", &aulav1.UpdateLearnerRequest{MaximumInterval: new(int32(0))}},
		{"learning_steps.steps", "orden ascendente", "must ascend", &aulav1.UpdateLearnerRequest{LearningSteps: &aulav1.Steps{Steps: steps(time.Minute, time.Minute)}}},
		{"relearning_steps.steps", "orden ascendente", "must ascend", &aulav1.UpdateLearnerRequest{RelearningSteps: &aulav1.Steps{Steps: steps(time.Hour, time.Minute)}}},
		{"learning_steps.steps[0]", "", "", &aulav1.UpdateLearnerRequest{LearningSteps: &aulav1.Steps{Steps: steps(24 * time.Hour)}}},
	} {
		for language, sentence := range map[string]string{"es": c.spanish, "en": c.english} {
			req := proto.CloneOf(c.req)
			req.Language = language
			_, err := w.learn.UpdateLearner(luz.ctx(), req)
			wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, sentence)
			if f := failureOf(t, err); f.fields[c.field] == "" {
				t.Errorf("blamed %v, want %s", f.fields, c.field)
			}
		}
	}
	_, err := w.learn.UpdateLearner(luz.ctx(), &aulav1.UpdateLearnerRequest{Language: "español"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "no es una etiqueta de idioma")
	if got := luz.profile(); !proto.Equal(got, before) {
		t.Errorf("after mistakes %v is %v", before, got)
	}
}

// What several devices change at once is all there.
func TestUpdateLearnerAtOnce(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	tablet := luz.device("tableta")
	done := make(chan error, 2)
	for s, req := range map[*someone]*aulav1.UpdateLearnerRequest{
		luz: {NewPerDay: new(int32(3))}, tablet: {ReviewsPerDay: new(int32(4))},
	} {
		go func() {
			_, err := w.learn.UpdateLearner(s.within(context.WithoutCancel(t.Context())), req)
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	time.Sleep(time.Second) // so long may one device be as it was
	if l := luz.profile(); l.GetNewPerDay() != 3 || l.GetReviewsPerDay() != 4 {
		t.Errorf("the learner is %v", l)
	}
}
