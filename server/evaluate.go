package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/anki"
	"aula/server/schedule"
	"aula/server/schedule/optimize"
)

type evaluateCommand struct {
	File     string `arg:"" name:"file" help:"cli.help.evaluate_file"`
	TimeZone string `env:"-" default:"UTC" placeholder:"ZONE" help:"cli.help.evaluate_zone"`
	Rollover int    `env:"-" default:"4" placeholder:"HOUR" help:"cli.help.evaluate_rollover"`
	JSON     bool   `env:"-" name:"json" help:"cli.help.evaluate_json"`
}

// Run tells how well the later reviews of a log are predicted from the earlier ones.
func (c *evaluateCommand) Run(t *terminal) error {
	zone, err := schedule.Zone(c.TimeZone)
	if err != nil {
		return misuse("cli.evaluate.zone", map[string]any{"Zone": c.TimeZone})
	}
	if c.Rollover < 0 || c.Rollover > 23 {
		return misuse("cli.evaluate.rollover", map[string]any{"Hour": c.Rollover})
	}
	ctx, stop := untilInterrupted()
	defer stop()
	log, err := c.read(ctx, t)
	if err != nil {
		return err
	}
	reviews := make([]optimize.Review, len(log))
	for i, r := range log {
		day, _ := schedule.Day(time.UnixMilli(r.At), zone, c.Rollover)
		reviews[i] = optimize.Review{Card: r.Card, At: r.At, Day: day, Rating: aulav1.CardAnswer_Rating(r.Rating)}
	}
	e := optimize.Evaluate(reviews, schedule.DefaultWeights, 1)
	if e.Given.Reviews == 0 {
		return &toldError{"cli.evaluate.too_few", map[string]any{"File": c.File, "Reviews": e.Reviews, "Usable": e.Usable}}
	}
	if c.JSON {
		return printEvaluation(t.stdout, e)
	}
	return t.evaluation(e)
}

// read reads the log of a file.
func (c *evaluateCommand) read(ctx context.Context, t *terminal) ([]anki.Review, error) {
	file, _, err := openFile(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, formats.MaxUnpacked+1))
	if err != nil {
		return nil, unread(c.File, err)
	}
	if len(data) > formats.MaxUnpacked {
		return nil, &toldError{"cli.evaluate.too_large", map[string]any{"File": c.File, "Limit": formats.MaxUnpacked >> 20}}
	}
	log, err := anki.ReadReviews(ctx, data)
	if why, ok := errors.AsType[*formats.Unreadable](err); ok {
		return nil, &toldError{"cli.evaluate.unreadable", map[string]any{"File": c.File, "Reason": t.text(why.ID, why.Args)}}
	}
	return log, err
}

// evaluation prints scores as tables.
func (t *terminal) evaluation(e *optimize.Evaluation) error {
	counts := t.table("cli.evaluate.reviews", "cli.evaluate.cards", "cli.evaluate.usable", "cli.evaluate.predicted")
	counts.row(t.number(float64(e.Reviews), 0), t.number(float64(e.Cards), 0), t.number(float64(e.Usable), 0),
		t.number(float64(e.Given.Reviews), 0))
	if err := counts.print(); err != nil {
		return err
	}
	if _, err := io.WriteString(t.stdout, "\n"); err != nil {
		return err
	}
	scores := t.table("cli.evaluate.weights", "cli.evaluate.log_loss", "cli.evaluate.rmse", "cli.evaluate.auc")
	row := func(id string, s optimize.Scores) {
		scores.row(t.text(id, nil), t.number(s.LogLoss, 4), t.number(s.RMSE, 4), t.number(s.AUC, 4))
	}
	row("cli.evaluate.default", e.Given)
	row("cli.evaluate.fitted", e.Fitted)
	if err := scores.print(); err != nil {
		return err
	}
	weights := make([]string, len(e.Weights))
	for i, w := range e.Weights {
		weights[i] = strconv.FormatFloat(w, 'f', 4, 64)
	}
	t.say("cli.evaluate.explained", map[string]any{"Weights": strings.Join(weights, ", ")})
	return nil
}

// printEvaluation prints scores for programs.
func printEvaluation(out io.Writer, e *optimize.Evaluation) error {
	type scores struct {
		LogLoss float64  `json:"log_loss"`
		RMSE    float64  `json:"rmse_bins"`
		AUC     *float64 `json:"auc"` // null where everything was recalled, or nothing
	}
	written := func(s optimize.Scores) scores {
		w := scores{LogLoss: s.LogLoss, RMSE: s.RMSE}
		if !math.IsNaN(s.AUC) {
			w.AUC = &s.AUC
		}
		return w
	}
	to := json.NewEncoder(out)
	to.SetIndent("", "  ")
	return to.Encode(struct {
		Reviews   int              `json:"reviews"`
		Cards     int              `json:"cards"`
		Usable    int              `json:"usable"`
		Predicted int              `json:"predicted"`
		Default   scores           `json:"default"`
		Fitted    scores           `json:"fitted"`
		Weights   schedule.Weights `json:"weights"`
	}{e.Reviews, e.Cards, e.Usable, e.Given.Reviews, written(e.Given), written(e.Fitted), e.Weights})
}
