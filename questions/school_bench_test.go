package questions_test

import "testing"

// BenchmarkGradeSchool grades right answers to each kind of question that is made of items.
func BenchmarkGradeSchool(b *testing.B) {
	set := school(b)
	for _, q := range set.Questions {
		b.Run(q.Source.GetId(), func(b *testing.B) {
			answer := fromKey(b, set, q, "en", shuffledBy(1))
			by, to := in("en"), in("en")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := set.Grade(q, answer, by, to, shuffledBy(1)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
