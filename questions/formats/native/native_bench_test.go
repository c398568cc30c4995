package native_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"syscall"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/native"
)

// manyQuestions is a set of n questions of four kinds in two languages.
func manyQuestions(n int) *aulav1.QuestionSet {
	both := func(format string, args ...any) map[string]string {
		text := fmt.Sprintf(format, args...)
		return map[string]string{"en": "The " + text, "es": "El " + text}
	}
	set := &aulav1.QuestionSet{Id: "many", Language: "en", Title: map[string]string{"en": "Many", "es": "Muchas"}}
	for i := range n {
		q := &aulav1.Question{
			Id:          fmt.Sprintf("question-%d", i),
			Text:        both("river number %d of the map flows through which of these %d provinces?", i, i%7+2),
			Explanation: both("atlas says so on page %d: there the rivers are drawn in blue, and the provinces in green", i),
			Tags:        []string{"rivers", "maps"},
			Difficulty:  aulav1.Question_MEDIUM,
		}
		switch i % 4 {
		case 0, 1:
			choice := &aulav1.ChoiceQuestion{}
			for j := range 4 {
				choice.Options = append(choice.Options, &aulav1.ChoiceOption{
					Id: string(rune('a' + j)), Text: both("province of Morona number %d", i+j), Correct: j == i%4,
				})
			}
			q.Kind = &aulav1.Question_Choice{Choice: choice}
		case 2:
			q.Kind = &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: float64(i), Tolerance: 0.5}}
		case 3:
			q.Kind = &aulav1.Question_TextEntry_{TextEntry: &aulav1.TextQuestion{
				Accepted: []*aulav1.AcceptedText{{Text: both("river %d", i)}},
			}}
		}
		set.Questions = append(set.Questions, q)
	}
	return set
}

// document is the last that was read, which is still there when memory is measured.
var document *formats.Document

// BenchmarkRead reads a file of 100,000 questions in two languages, with validation, and
// tells how many a second and how much memory the result and the garbage take beside the
// file.
func BenchmarkRead(b *testing.B) {
	const n = 100_000
	set := manyQuestions(n)
	var yaml, json bytes.Buffer
	for _, err := range []error{
		errorOf(native.WriteYAML(&yaml, set, nil)),
		errorOf(native.WriteJSON(&json, set, nil)),
	} {
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, format := range []struct {
		name string
		read func(context.Context, []byte) (*formats.Document, error)
		data []byte
	}{
		{"yaml", native.ReadYAML, yaml.Bytes()},
		{"json", native.ReadJSON, json.Bytes()},
	} {
		b.Run(format.name, func(b *testing.B) {
			var before, after runtime.MemStats
			var seconds float64
			for b.Loop() {
				document = nil
				runtime.GC()
				runtime.ReadMemStats(&before)
				seconds -= cpu()
				var err error
				if document, err = format.read(b.Context(), format.data); err != nil || len(document.Problems) > 0 || len(document.Packed) != n {
					b.Fatal(err, document)
				}
				seconds += cpu()
			}
			b.StopTimer()
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(seconds/float64(b.N)/n*1e6, "cpu-µs/q") // two cores: 50 are 40,000 q/s
			size := float64(len(format.data))
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "q/s")
			b.ReportMetric(size/1e6, "MB")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/size, "kept/B")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/size, "allocated/B")
		})
	}
}

// BenchmarkWrite writes such a file.
func BenchmarkWrite(b *testing.B) {
	const n = 10_000
	set := manyQuestions(n)
	for b.Loop() {
		if _, err := native.WriteYAML(&bytes.Buffer{}, set, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "q/s")
}

func errorOf(_ formats.Problems, err error) error { return err }

// cpu is the time this process has computed for.
func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of itself it can always be told
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
