package main

import (
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// What is written reads the same to Prometheus's own parser, whatever is in it.
func TestPrometheusText(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	ctx := t.Context()
	const odd = "a \"quoted\"\\ value\nof two lines"
	counter, err := meter.Float64Counter("bytes.sent", metric.WithUnit("By"), metric.WithDescription(odd))
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(ctx, 1.5, metric.WithAttributes(attribute.String("to.whom", odd), attribute.Int("port", 80)))
	level, err := meter.Int64UpDownCounter("level", metric.WithUnit("{thing}"))
	if err != nil {
		t.Fatal(err)
	}
	level.Add(ctx, -3)
	share, err := meter.Float64Gauge("share", metric.WithUnit("%"))
	if err != nil {
		t.Fatal(err)
	}
	share.Record(ctx, 1e-7)
	sizes, err := meter.Int64Histogram("sizes", metric.WithExplicitBucketBoundaries(1, 10, 100))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{1, 2, 3, 1000} {
		sizes.Record(ctx, size)
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &data); err != nil {
		t.Fatal(err)
	}

	families := parsed(t, string(prometheusText(&data)))
	if sent := find(families, "bytes_sent_bytes_total", "to_whom", odd, "port", "80"); sent.GetCounter().GetValue() != 1.5 {
		t.Errorf("counted %v", families["bytes_sent_bytes_total"])
	}
	if help := families["bytes_sent_bytes_total"].GetHelp(); help != odd {
		t.Errorf("help is %q", help)
	}
	if got := find(families, "level").GetGauge().GetValue(); got != -3 {
		t.Errorf("the level is %v", got)
	}
	if got := find(families, "share_percent").GetGauge().GetValue(); got != 1e-7 {
		t.Errorf("the share is %v", got)
	}
	histogram := find(families, "sizes").GetHistogram()
	var below []uint64
	for _, bucket := range histogram.GetBucket() {
		below = append(below, bucket.GetCumulativeCount())
	}
	if len(below) != 4 || below[0] != 1 || below[1] != 3 || below[2] != 3 || below[3] != 4 || histogram.GetSampleSum() != 1006 {
		t.Errorf("sizes are %v, in all %v", below, histogram.GetSampleSum())
	}
}
