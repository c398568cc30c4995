package main

import (
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
			trends := trendsOf(series(test.lives, test.value), 30*time.Second)
			if got := trends.grown(); !slices.Equal(got, test.want) {
				t.Errorf("not flat are %q, want %q: within %v, across %v", got, test.want, trends.within[resident], trends.across[resident])
			}
		})
	}
}

// Lives that are too short say nothing, and that is not taken for flat.
func TestNothingToTell(t *testing.T) {
	s := &soak{samples: series(2, func(int, time.Duration) float64 { return 80 })}
	if err := s.wrong(trendsOf(s.samples, 200*time.Second)); err == nil {
		t.Error("a run without enough samples is called flat")
	}
}
