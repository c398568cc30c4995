package gift_test

import (
	"fmt"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// checkValid checks that what was read is within the limits of the proto, once it has the
// ids that library gives.
func checkValid(t testing.TB, doc *formats.Document) {
	t.Helper()
	set, ok := proto.Clone(doc.Set).(*aulav1.QuestionSet)
	if !ok {
		t.Fatal("a clone is of another type")
	}
	for i, q := range set.GetQuestions() {
		if q.GetId() == "" {
			q.Id = fmt.Sprint("q", i)
		}
		for i, option := range q.GetChoice().GetOptions() {
			option.Id = fmt.Sprint(i)
		}
		for i, pair := range q.GetMatch().GetPairs() {
			pair.Left.Id, pair.Right.Id = fmt.Sprint(i), fmt.Sprint(i)
		}
		for i, item := range q.GetMatch().GetDistractors() {
			item.Id = fmt.Sprint("d", i)
		}
		if err := protovalidate.Validate(q); err != nil {
			t.Errorf("%v: %v", q, err)
		}
	}
}
