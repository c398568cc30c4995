package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// series are samples of lives of 40 samples each, every 5 seconds.
func series(lives int, value func(life int, age time.Duration) float64) (all []sample) {
	for life := 1; life <= lives; life++ {
		for i := 1; i <= 40; i++ {
			sm := sample{life: life, age: time.Duration(i) * 5 * time.Second}
			for f := range figures {
				sm.values[f] = 50
			}
			if sm.values[resident] = value(life, sm.age); sm.values[resident] < 0 {
				break // that life is over
			}
			all = append(all, sm)
		}
	}
	return all
}

func TestFlat(t *testing.T) {
	for name, test := range map[string]struct {
		lives int
		value func(life int, age time.Duration) float64
		want  []string
	}{
		"steady": {6, func(int, time.Duration) float64 { return 80 }, nil},
		"comes and goes": {6, func(life int, age time.Duration) float64 {
			return 80 + 20*float64((life+int(age/(5*time.Second)))%2)
		}, nil},
		"warms up": {6, func(_ int, age time.Duration) float64 { return 80 - 300/age.Seconds() }, nil},
		"the first life is cold": {6, func(life int, _ time.Duration) float64 {
			if life == 1 {
				return 40
			}
			return 80
		}, nil},
		"shrinks": {6, func(life int, _ time.Duration) float64 { return 80 - float64(life) }, nil},
		"a leak of 0.3 MB a second": {
			6, func(_ int, age time.Duration) float64 { return 80 + 0.3*age.Seconds() },
			[]string{"RSS MB within lives"},
		},
		"a leak in a single life": {
			1, func(_ int, age time.Duration) float64 { return 80 + 0.3*age.Seconds() },
			[]string{"RSS MB within lives"},
		},
		"a leak, and a last life that is cut short": {7, func(life int, age time.Duration) float64 {
			if life == 7 && age > time.Minute {
				return -1
			}
			return 80 + 0.3*age.Seconds()
		}, []string{"RSS MB within lives"}},
		"grows with the database": {
			6, func(life int, _ time.Duration) float64 { return 80 + 12*float64(life) },
			[]string{"RSS MB from life to life"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			trends := trendsOf(series(test.lives, test.value), 30*time.Second, time.Hour)
			if got := trends.grown(); !slices.Equal(got, test.want) {
				t.Errorf("not flat are %q, want %q: within %v, across %v", got, test.want, trends.within[resident], trends.across[resident])
			}
		})
	}
}

// Lives that are too short say nothing, and that is not taken for flat.
func TestNothingToTell(t *testing.T) {
	s := &soak{samples: series(2, func(int, time.Duration) float64 { return 80 })}
	if err := s.wrong(trendsOf(s.samples, 200*time.Second, time.Hour)); err == nil {
		t.Error("a run without enough samples is called flat")
	}
}

// hour are samples of an hour as soak runs it by default, every 5 seconds: seven lives of four
// minutes and one to the end. Each value jumps about by a tenth, and grows by so much an hour.
func hour(seed uint64, grows map[figure]float64) (all []sample) {
	chance := rand.New(rand.NewPCG(seed, 1))
	levels := map[figure]float64{resident: 190, heap: 50, goroutines: 300, files: 30}
	for life := 1; life <= 8; life++ {
		length := 4 * time.Minute
		if life == 8 {
			length = 32 * time.Minute
		}
		for age := 5 * time.Second; age <= length; age += 5 * time.Second {
			sm := sample{life: life, age: age}
			for f, level := range levels {
				sm.values[f] = level*(0.9+chance.Float64()/5) + grows[f]*age.Hours()
			}
			all = append(all, sm)
		}
	}
	return all
}

// A leak is found that is too slow to be seen in the few minutes of a life, and noise is not
// taken for one.
func TestLeaks(t *testing.T) {
	for seed := range uint64(4) {
		for name, test := range map[string]struct {
			grows map[figure]float64
			want  []string
		}{
			"none":         {nil, nil},
			"shrinks":      {map[figure]float64{resident: -100, heap: -40, goroutines: -100}, nil},
			"720 MB":       {map[figure]float64{resident: 720}, []string{"RSS MB by the hour"}},
			"300 MB":       {map[figure]float64{resident: 300}, []string{"RSS MB by the hour"}},
			"heap":         {map[figure]float64{heap: 200}, []string{"live heap MB by the hour"}},
			"goroutines":   {map[figure]float64{goroutines: 720}, []string{"goroutines by the hour"}},
			"files":        {map[figure]float64{files: 150}, []string{"open files by the hour"}},
			"all of these": {map[figure]float64{resident: 720, goroutines: 720}, []string{"RSS MB by the hour", "goroutines by the hour"}},
		} {
			trends := trendsOf(hour(seed, test.grows), time.Minute, 20*time.Minute)
			if got := trends.grown(); !slices.Equal(got, test.want) {
				t.Errorf("%s, seed %d: not flat are %q, want %q: %+v", name, seed, got, test.want, trends.growths)
			}
		}
	}
}

// The slope does not mind what a few samples say.
func TestSlope(t *testing.T) {
	samples := series(1, func(_ int, age time.Duration) float64 {
		if age%(20*time.Second) == 0 {
			return 900 - age.Seconds()
		}
		return 50 + age.Hours()*36
	})
	if is := middle(slopesOf(samples, resident)); is < 30 || is > 42 {
		t.Errorf("the slope is %v, want 36 or so", is)
	}
}
