package questions_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// numbered is a set of questions whose ids are their numbers in the file.
func numbered(t testing.TB, n int) *questions.Set {
	t.Helper()
	source := &aulav1.QuestionSet{Id: "numbered", Title: map[string]string{"en": "Numbered"}, Language: "en"}
	for i := range n {
		source.Questions = append(source.Questions, &aulav1.Question{
			Id: fmt.Sprint(i), Text: map[string]string{"en": "What number is this?"},
			Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: float64(i)}},
		})
	}
	return compile(t, source)
}

func ids(drawn []*questions.Question) string {
	var ids []string
	for _, q := range drawn {
		ids = append(ids, q.Source.GetId())
	}
	return strings.Join(ids, " ")
}

// An attempt keeps no list of its questions, only its seed: should a new version of Go or
// of Aula draw otherwise, every attempt under way would ask something else.
func TestDrawIsForever(t *testing.T) {
	set := numbered(t, 12)
	for _, c := range []struct {
		seed  int64
		count int
		want  string
	}{
		{1, 0, "7 1 9 3 8 4 10 2 0 5 11 6"},
		{1, 5, "7 1 9 3 8"},
		{2, 5, "8 10 5 2 6"},
		{0, 5, "2 8 5 6 7"},
		{-1, 5, "3 11 4 8 0"},
		{math.MaxInt64, 5, "5 0 4 6 11"},
		{math.MinInt64, 5, "1 5 2 4 0"},
	} {
		if got := ids(set.Draw(questions.Play{Seed: c.seed}, c.count)); got != c.want {
			t.Errorf("seed %d draws %d questions %q, want %q", c.seed, c.count, got, c.want)
		}
	}
}

// The same holds for the order of options.
func TestOptionOrderIsForever(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question string
		seed     int64
		want     string
	}{
		{"size", 1, "sun africa mars earth"},
		{"size", 2, "earth mars africa sun"},
		{"size", -1, "sun mars earth africa"},
		{"visited", 1, "vega mars venus moon sirius"},
		{"visited", math.MaxInt64, "sirius vega mars moon venus"},
	} {
		if got := strings.Join(optionIDs(set, c.question, "en", c.seed), " "); got != c.want {
			t.Errorf("%s, seed %d: %q, want %q", c.question, c.seed, got, c.want)
		}
	}
}

func optionIDs(set *questions.Set, question, asked string, seed int64) []string {
	var ids []string
	for _, option := range set.Prompt(set.Question(question), reader(asked), questions.Play{Seed: seed}).GetChoice().GetOptions() {
		ids = append(ids, option.GetId())
	}
	return ids
}

// Whatever is asked for, a draw has as many questions as there are at most, none twice.
func TestDrawBounds(t *testing.T) {
	sizes := []*questions.Set{numbered(t, 1), numbered(t, 2), numbered(t, 7), numbered(t, 40)}
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SampledFrom(sizes).Draw(t, "set")
		count := rapid.IntRange(-2, 50).Draw(t, "count")
		seed := rapid.Int64().Draw(t, "seed")
		n := len(set.Questions)
		want := count
		if count <= 0 || count > n {
			want = n
		}
		drawn := set.Draw(questions.Play{Seed: seed}, count)
		if len(drawn) != want {
			t.Fatalf("%d of %d drawn, want %d", len(drawn), n, want)
		}
		seen := map[*questions.Question]bool{}
		for _, q := range drawn {
			if seen[q] || set.Question(q.Source.GetId()) != q {
				t.Fatalf("%s is drawn twice or is not in the set: %s", q.Source.GetId(), ids(drawn))
			}
			seen[q] = true
		}
		if again := set.Draw(questions.Play{Seed: seed}, count); !slices.Equal(drawn, again) {
			t.Fatalf("drawn %s, then %s", ids(drawn), ids(again))
		}
	})
}

// Over many attempts each question comes at each place as often as any other.
func TestDrawIsFair(t *testing.T) {
	const size, count, attempts = 8, 3, 20_000
	set := numbered(t, size)
	times := map[string]int{}
	for seed := range int64(attempts) {
		for place, q := range set.Draw(questions.Play{Seed: seed}, count) {
			times[fmt.Sprintf("question %s at place %d", q.Source.GetId(), place)]++
		}
	}
	if len(times) != size*count {
		t.Errorf("%d combinations came up, want %d", len(times), size*count)
	}
	checkEven(t, times, attempts, 1./size)
}

// checkEven reports what did not happen as often as its probability says: a deviation of
// five sigma comes once in a million, and the seeds are fixed.
func checkEven(t *testing.T, times map[string]int, trials, probability float64) {
	t.Helper()
	sigma := math.Sqrt(trials * probability * (1 - probability))
	for what, n := range times {
		if math.Abs(float64(n)-trials*probability) > 5*sigma {
			t.Errorf("%s: %d times, want about %.0f", what, n, trials*probability)
		}
	}
}

// A draw of a few from many costs a few.
func TestDrawOfAFewIsCheap(t *testing.T) {
	const count, rounds = 10, 100
	set := numbered(t, 100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for seed := range int64(rounds) {
		if drawn := set.Draw(questions.Play{Seed: seed}, count); len(drawn) != count {
			t.Fatalf("%d drawn", len(drawn))
		}
	}
	runtime.ReadMemStats(&after)
	const limit = 4 << 10 // a list of all questions would take 800 KB
	if bytes := (after.TotalAlloc - before.TotalAlloc) / rounds; bytes > limit {
		t.Errorf("a draw of %d allocates %d bytes, want at most %d", count, bytes, limit)
	}
}

// The place of the key gives nothing away, not even to those who know where it was in the
// question before.
func TestOptionOrderIsFair(t *testing.T) {
	const attempts = 20_000
	source := moonSet(t)
	other := find(moonSet(t), "size")
	other.Id = "size-2"
	source.Questions = append(source.Questions, other)
	set := compile(t, source)
	times := map[string]int{}
	for seed := range int64(attempts) {
		first := slices.Index(optionIDs(set, "size", "en", seed), "africa")
		second := slices.Index(optionIDs(set, "size-2", "en", seed), "africa")
		times[fmt.Sprintf("the keys at places %d and %d", first, second)]++
	}
	if len(times) != 16 {
		t.Errorf("the keys came at %d pairs of places, want 16", len(times))
	}
	checkEven(t, times, attempts, 1./16)
}

// A prompt has the same options in the same order in every language, each option once, and
// so has the key.
func TestOptionOrderKnowsNoLanguage(t *testing.T) {
	set := compile(t, moonSet(t))
	question := find(set.Source, "visited")
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Int64().Draw(t, "seed")
		english := optionIDs(set, "visited", "en", seed)
		for _, asked := range []string{"es", "es-EC", "pt es", "ja"} {
			if got := optionIDs(set, "visited", asked, seed); !slices.Equal(got, english) {
				t.Fatalf("%s: %v, in English %v", asked, got, english)
			}
		}
		for _, option := range question.GetChoice().GetOptions() {
			if !slices.Contains(english, option.GetId()) || len(english) != len(question.GetChoice().GetOptions()) {
				t.Fatalf("%v lacks %s", english, option.GetId())
			}
		}
		outcome := &aulav1.Outcome{}
		set.Reveal(set.Question("visited"), outcome, reader("es"), questions.Play{Seed: seed})
		var key []string
		for _, option := range outcome.GetKey().GetChoice().GetOptions() {
			key = append(key, option.GetId())
		}
		shown := slices.DeleteFunc(english, func(id string) bool { return !slices.Contains(key, id) })
		if len(key) != 3 || !slices.Equal(shown, key) {
			t.Fatalf("the key is %v, shown as %v", key, shown)
		}
	})
}

// What is kept for exams is asked in exams alone.
func TestExamOnly(t *testing.T) {
	source := proto.CloneOf(numbered(t, 3).Source)
	source.Questions[1].ExamOnly = true
	set := compile(t, source)
	practice, exam := set.Draw(questions.Play{Seed: 1}, 0), set.Draw(questions.Play{Seed: 1, Exam: true}, 0)
	cards := set.Askable(questions.Play{Cards: true})
	if slices.Contains(practice, set.Question("1")) || len(practice) != 2 || len(cards) != 2 || !slices.Contains(exam, set.Question("1")) {
		t.Errorf("practice asks %q, exams %q, cards %q", ids(practice), ids(exam), ids(cards))
	}
	source.Questions[1].Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "It is 1."}}}
	if _, err := questions.Compile(source, schoolWords); err == nil || !strings.Contains(err.Error(), `questions[1] "1": exam_only: check.exam_only_card`) {
		t.Errorf("a card that only exams ask: %v", err)
	}
}
