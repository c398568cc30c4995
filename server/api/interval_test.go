package api

import (
	"testing"
	"time"

	"golang.org/x/text/language"

	"aula/locales"
)

func TestInterval(t *testing.T) {
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of     time.Duration
		en, es string
	}{
		{-time.Second, "0 s", "0 s"},
		{time.Second, "1 s", "1 s"},
		{59 * time.Second, "59 s", "59 s"},
		{59600 * time.Millisecond, "1 min", "1 min"},
		{time.Minute, "1 min", "1 min"},
		{330 * time.Second, "6 min", "6 min"},
		{10 * time.Minute, "10 min", "10 min"},
		{59*time.Minute + 40*time.Second, "1 h", "1 h"},
		{90 * time.Minute, "1.5 h", "1,5 h"},
		{12 * time.Hour, "12 h", "12 h"},
		{24*time.Hour - time.Minute, "1 day", "1 día"},
		{day, "1 day", "1 día"},
		{36 * time.Hour, "2 days", "2 días"},
		{4 * day, "4 days", "4 días"},
		{29 * day, "29 days", "29 días"},
		{30 * day, "1 month", "1 mes"},
		{46 * day, "1.5 months", "1,5 meses"},
		{76 * day, "2.5 months", "2,5 meses"},
		{364 * day, "12 months", "12 meses"},
		{365 * day, "1 year", "1 año"},
		{438 * day, "1.2 years", "1,2 años"},
		{730 * day, "2 years", "2 años"},
		{36500 * day, "100 years", "100 años"},
	} {
		for asked, want := range map[string]string{"en": c.en, "es-EC": c.es} {
			tag := language.MustParse(asked)
			speaker := &caller{tongue: &tongue{asked: []language.Tag{tag}, locale: bundle.Match(tag)}}
			for range 2 { // the second time as it is kept
				if got := speaker.interval(c.of); got != want {
					t.Errorf("%v in %s: %q, want %q", c.of, asked, got, want)
				}
			}
		}
	}
	mexican := language.MustParse("es-MX")
	speaker := &caller{tongue: &tongue{asked: []language.Tag{mexican}, locale: bundle.Match(mexican)}}
	if got := speaker.interval(76 * day); got != "2.5 meses" {
		t.Errorf("in Mexico: %q", got)
	}
}
