package api_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// A key is good from when it is made; what is kept of it is told, the key never again.
func TestKeysService(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	create := func(req *aulav1.CreateKeyRequest) (*someone, *aulav1.AccessKey) {
		t.Helper()
		resp, err := w.keys.CreateKey(admin.ctx(), req)
		if err != nil {
			t.Fatal(err)
		}
		return &someone{w, resp.GetSecret(), resp.GetKey().GetId()}, resp.GetKey()
	}
	ana, key := create(&aulav1.CreateKeyRequest{Role: aulav1.AccessKey_TEACHER, Name: "  Ana\u202e Pérez "})
	if !regexp.MustCompile(`^aula_[0-9a-v]{16}_[0-9a-v]{52}$`).MatchString(ana.key) || !strings.HasPrefix(ana.key, "aula_"+key.GetId()+"_") {
		t.Errorf("the key is %s", ana.key)
	}
	if key.GetName() != "Ana Pérez" || key.GetTeacher() != key.GetId() || key.GetExpiresAt() != nil || key.GetRevokedAt() != nil {
		t.Errorf("made %v", key)
	}
	phone, second := create(&aulav1.CreateKeyRequest{
		Role: aulav1.AccessKey_TEACHER, Name: "Ana's phone", Teacher: key.GetId(), Lifetime: durationpb.New(time.Hour),
	})
	if second.GetTeacher() != key.GetId() || second.GetExpiresAt().AsTime().Sub(second.GetCreatedAt().AsTime()) != time.Hour {
		t.Errorf("made %v", second)
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, seas(1, "Seas")), aulav1.LoadReport_PUBLISHED, 1)
	wantReport(t, phone.load(&aulav1.LoadSetHeader{}, seas(2, "Seas")), aulav1.LoadReport_PUBLISHED, 2)

	revoked, err := w.keys.RevokeKey(admin.ctx(), &aulav1.RevokeKeyRequest{Id: second.GetId()})
	if err != nil || revoked.GetKey().GetRevokedAt() == nil {
		t.Errorf("revoked %v, %v", revoked, err)
	}
	again, err := w.keys.RevokeKey(admin.ctx(), &aulav1.RevokeKeyRequest{Id: second.GetId()})
	if err != nil || !proto.Equal(again, revoked) {
		t.Errorf("revoked again %v, %v", again, err)
	}
	_, err = phone.send(&aulav1.LoadSetHeader{Language: "es"}, seas(1, "Seas"))
	wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "clave")

	var listed []string
	for token := ""; ; {
		page, err := w.keys.ListKeys(admin.ctx(), &aulav1.ListKeysRequest{PageSize: 2, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range page.GetKeys() {
			listed = append(listed, key.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if got := strings.Join(listed, ", "); got != "Ana's phone, Ana Pérez, Root" {
		t.Errorf("listed %s", got)
	}
	for _, secret := range []string{ana.key, phone.key} {
		if strings.Contains(w.log.String(), secret[len(secret)-52:]) {
			t.Error("a key is in the log")
		}
	}
}

func TestKeyMistakes(t *testing.T) {
	w := newWorld(t)
	ctx := w.admin().ctx()
	create := func(edit func(*aulav1.CreateKeyRequest)) error {
		req := &aulav1.CreateKeyRequest{Role: aulav1.AccessKey_TEACHER, Name: "Ana", Language: "es"}
		edit(req)
		_, err := w.keys.CreateKey(ctx, req)
		return err
	}
	for _, c := range []struct {
		err            error
		reason         aulav1.ErrorReason
		field, spanish string
	}{
		{create(func(r *aulav1.CreateKeyRequest) { r.Teacher = "nobody" }), aulav1.ErrorReason_KEY_NOT_FOUND, "", "No existe la clave «nobody»"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Role = aulav1.AccessKey_LEARNER }), aulav1.ErrorReason_INVALID_REQUEST, "role", "no es ninguno de los valores que se admiten"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Role = 0 }), aulav1.ErrorReason_INVALID_REQUEST, "role", "no es ninguno"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Name = "\u202e \t" }), aulav1.ErrorReason_INVALID_REQUEST, "name", "signo visible"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Lifetime = durationpb.New(-time.Hour) }), aulav1.ErrorReason_INVALID_REQUEST, "lifetime", "debe durar más de 0s y como máximo 315360000s"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Lifetime = durationpb.New(0) }), aulav1.ErrorReason_INVALID_REQUEST, "lifetime", "más de 0s"},
		{create(func(r *aulav1.CreateKeyRequest) { r.Teacher = strings.Repeat("a", 74) }), aulav1.ErrorReason_INVALID_REQUEST, "teacher", "como máximo 40 caracteres"},
	} {
		wantReason(t, c.err, c.reason, c.spanish)
		if f := failureOf(t, c.err); c.field != "" && f.fields[c.field] == "" {
			t.Errorf("blamed %v, want %s", f.fields, c.field)
		}
	}
	_, err := w.keys.RevokeKey(ctx, &aulav1.RevokeKeyRequest{Id: "nobody", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_KEY_NOT_FOUND, "nobody")
	_, err = w.keys.ListKeys(ctx, &aulav1.ListKeysRequest{PageToken: "bWFkZSB1cA", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_PAGE_TOKEN, "page_token")
}
