package api_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// learner signs a learner up who is at home in Guayaquil.
func (w *world) learner(name string) *someone {
	w.t.Helper()
	signed, err := w.learn.CreateLearner(w.t.Context(), &aulav1.CreateLearnerRequest{
		Name: name, Language: "es", TimeZone: "America/Guayaquil", DeviceName: "teléfono",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return &someone{w, signed.GetToken(), signed.GetDevice()}
}

func TestCreateLearner(t *testing.T) {
	w := newWorld(t)
	req := &aulav1.CreateLearnerRequest{Name: " Luz  María ", Language: "es-EC", TimeZone: "America/Guayaquil", RequestId: uuid1}
	first, err := w.learn.CreateLearner(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.learn.CreateLearner(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(first.GetLearner(), again.GetLearner()) || first.GetLearner().GetName() != "Luz María" {
		t.Errorf("signed up %v, and again %v", first.GetLearner(), again.GetLearner())
	}
	_, err = w.learn.GetLearner((&someone{w: w, key: first.GetToken()}).ctx(), &aulav1.GetLearnerRequest{})
	wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "")
	got, err := w.learn.GetLearner((&someone{w: w, key: again.GetToken()}).ctx(), &aulav1.GetLearnerRequest{})
	if err != nil || !proto.Equal(got.GetLearner(), first.GetLearner()) {
		t.Errorf("the learner is %v, %v", got, err)
	}
}

// Whoever names no language is spoken to in the learner's; a teacher is nobody's learner.
func TestLearnerLanguage(t *testing.T) {
	w := newWorld(t)
	_, err := w.quiz.GetAttempt(w.learner("Luz").ctx(), &aulav1.GetAttemptRequest{Attempt: "none"})
	wantReason(t, err, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "No existe")
	_, err = w.learn.GetLearner(w.teacher("Ana").ctx(), &aulav1.GetLearnerRequest{Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "tu clave es de un docente")
	_, err = w.learn.CreateLearner(t.Context(), &aulav1.CreateLearnerRequest{TimeZone: "Quito", Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "")
}
