// Command pocketbase is PocketBase as it comes, with a collection like Aula's table of
// answers that anyone may create records in. It is a module of its own, so that what
// PocketBase needs is no concern of Aula's.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil // it would open a browser
		if err := createAnswers(e.App); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

func createAnswers(app core.App) error {
	if _, err := app.FindCollectionByNameOrId("answers"); err == nil {
		return nil
	}
	answers := core.NewBaseCollection("answers")
	anyone := ""
	answers.CreateRule = &anyone
	answers.Fields.Add(
		&core.TextField{Name: "attempt", Required: true, Max: 64},
		&core.TextField{Name: "question", Required: true, Max: 64},
		&core.TextField{Name: "request_id", Required: true, Max: 36},
		&core.JSONField{Name: "answer", Required: true, MaxSize: 4096},
		&core.TextField{Name: "language", Max: 35},
		&core.NumberField{Name: "points", OnlyInt: true},
		&core.AutodateField{Name: "created", OnCreate: true},
	)
	// What makes a retry safe. Aula's own table has a second one, which is left out here.
	answers.AddIndex("answers_request", true, "attempt, request_id", "")
	return app.Save(answers)
}
