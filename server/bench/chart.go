package main

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// levels are the numbers of clients that the chart shows.
var levels = []int{1, 4, 16, 64, 256}

// sweep measures throughput and latency by the number of clients, for the chart.
func (b *bench) sweep() error {
	if b.SVG == "" && !slices.Contains(b.Only, "chart") {
		b.report.note("There is no chart without --svg.")
		return nil
	}
	t, err := b.startAula("chart")
	if err != nil {
		return err
	}
	defer t.close()
	prompts, err := t.prompts(b, b.clients(64))
	if err != nil {
		return err
	}
	counter, err := b.newCounter(t)
	if err != nil {
		return err
	}
	contenders := []*contender{b.echoOf(prompts), t.getPrompt(prompts), counter.submit(b.ctx)}
	if p := b.startPocketbase("chart"); p != nil {
		defer p.stop()
		contenders = append(contenders, b.records(p, counter.known))
	}
	few := *b
	few.Rounds = min(b.Rounds, 5) // a line wants less than a ratio
	lines := make([]line, len(contenders))
	for i, c := range contenders {
		lines[i].name = labels[c.name]
	}
	for _, n := range levels {
		taken, err := few.compare("chart", b.clients(n), contenders...)
		if err != nil {
			return err
		}
		b.report.absolute("chart", taken)
		for i, c := range contenders {
			lines[i].points = append(lines[i].points, taken[c.name])
		}
	}
	if b.SVG == "" {
		return nil
	}
	return os.WriteFile(b.SVG, []byte(draw(lines)), 0o600)
}

// labels are what the chart calls the contenders.
var labels = map[string]string{
	"echo":         "bare gRPC echo",
	"GetPrompt":    "Aula, GetPrompt",
	"SubmitAnswer": "Aula, SubmitAnswer",
	"PocketBase":   "PocketBase, create record",
}

// line is one contender's at each level.
type line struct {
	name   string
	points [][]sample
}

// The picture: two panels side by side under a legend.
const (
	pictureWidth, pictureHeight = 900, 400
	panelWidth, panelHeight     = 350, 270
	panelTop                    = 70
	leftPanel, rightPanel       = 80, 520
)

// style has the colours of lines, which are told apart by those who see few colours too,
// in light and in dark.
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5 }
.range { stroke-width: 1.2 }
.p99 { stroke-dasharray: 2 4; stroke-linecap: round }
.c0 { stroke: #6e7781 } .c1 { stroke: #0072b2 } .c2 { stroke: #d55e00 } .c3 { stroke: #009e73 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .grid { stroke: #3d444d }
.c0 { stroke: #9198a1 } .c1 { stroke: #56b4e9 } .c2 { stroke: #e69f00 } .c3 { stroke: #2dc99b }
}
</style>
`

// draw returns the picture: throughput on the left, latency on the right.
func draw(lines []line) string {
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n",
		pictureWidth, pictureHeight, "Throughput and latency by the number of clients")
	svg.WriteString(style)
	for i, l := range lines {
		x := leftPanel + i*200
		fmt.Fprintf(&svg, `<line class="line c%d" x1="%d" y1="18" x2="%d" y2="18"/>`+"\n", i, x, x+24)
		fmt.Fprintf(&svg, `<text x="%d" y="22">%s</text>`+"\n", x+30, html.EscapeString(l.name))
	}
	most := 0.0
	low, high := math.Inf(1), 0.0
	for _, l := range lines {
		for _, taken := range l.points {
			most = max(most, over(taken, sample.perSecond).Most)
			low, high = min(low, over(taken, sample.p50).Median), max(high, over(taken, sample.p99).Median)
		}
	}
	throughput := panel{at: leftPanel, title: "calls a second", ticks: linearTicks(most)}
	throughput.frame(&svg)
	latency := panel{at: rightPanel, title: "latency in ms: median (solid), 99th percentile (dotted)", ticks: decades(low, high), log: true}
	latency.frame(&svg)
	for i, l := range lines {
		throughput.plot(&svg, fmt.Sprintf("line c%d", i), l, sample.perSecond)
		throughput.ranges(&svg, fmt.Sprintf("range c%d", i), l, sample.perSecond)
		latency.plot(&svg, fmt.Sprintf("line c%d", i), l, sample.p50)
		latency.plot(&svg, fmt.Sprintf("line p99 c%d", i), l, sample.p99)
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

// panel is one system of axes: clients to the right, a figure upwards.
type panel struct {
	at    int // its left edge
	title string
	ticks []float64 // the first at the bottom, the last at the top
	log   bool
}

func (p panel) x(level int) float64 {
	return float64(p.at) + float64(level)*panelWidth/float64(len(levels)-1)
}

func (p panel) y(value float64) float64 {
	low, high := p.ticks[0], p.ticks[len(p.ticks)-1]
	if p.log {
		low, high, value = math.Log(low), math.Log(high), math.Log(max(value, low))
	}
	return panelTop + panelHeight*(1-(value-low)/(high-low))
}

func (p panel) frame(svg *strings.Builder) {
	fmt.Fprintf(svg, `<text x="%d" y="%d">%s</text>`+"\n", p.at, panelTop-18, html.EscapeString(p.title))
	for _, tick := range p.ticks {
		y := p.y(tick)
		fmt.Fprintf(svg, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`+"\n", p.at, y, p.at+panelWidth, y)
		label := figure(tick)
		if tick < 1000 {
			label = strconv.FormatFloat(tick, 'f', -1, 64)
		}
		fmt.Fprintf(svg, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", p.at-8, y+4, label)
	}
	for i, n := range levels {
		fmt.Fprintf(svg, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", p.x(i), panelTop+panelHeight+20, n)
	}
	fmt.Fprintf(svg, `<text x="%d" y="%d" text-anchor="middle">clients</text>`+"\n", p.at+panelWidth/2, panelTop+panelHeight+42)
}

// plot draws the medians.
func (p panel) plot(svg *strings.Builder, class string, l line, figure func(sample) float64) {
	var points []string
	for i, taken := range l.points {
		points = append(points, fmt.Sprintf("%.1f,%.1f", p.x(i), p.y(over(taken, figure).Median)))
	}
	fmt.Fprintf(svg, `<polyline class="%s" points="%s"/>`+"\n", class, strings.Join(points, " "))
}

// ranges draws from the least to the most at each point.
func (p panel) ranges(svg *strings.Builder, class string, l line, figure func(sample) float64) {
	for i, taken := range l.points {
		s := over(taken, figure)
		fmt.Fprintf(svg, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n",
			class, p.x(i), p.y(s.Least), p.x(i), p.y(s.Most))
	}
}

// linearTicks go from 0 past most in round steps.
func linearTicks(most float64) []float64 {
	step := math.Pow10(int(math.Floor(math.Log10(cmp.Or(most, 1)))))
	switch {
	case most/step < 2:
		step /= 4
	case most/step < 4:
		step /= 2
	}
	ticks := []float64{0}
	for last := 0.0; last < most; ticks = append(ticks, last) {
		last += step
	}
	return ticks
}

// decades are the powers of ten from below low to above high.
func decades(low, high float64) (ticks []float64) {
	for e := math.Floor(math.Log10(low)); ; e++ {
		ticks = append(ticks, math.Pow(10, e))
		if len(ticks) > 1 && ticks[len(ticks)-1] >= high {
			return ticks
		}
	}
}
