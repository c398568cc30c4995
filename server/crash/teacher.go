package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// teacher loads one version of a set after the other.
type teacher struct {
	*client
	loaded
}

func (t *teacher) load() *operation {
	version := t.versions + 1
	file := []byte(loadedFile(version))
	return &operation{fmt.Sprintf("LoadSet, version %d", version), func(ctx context.Context) error {
		report, err := t.send(ctx, file)
		if err != nil {
			return err
		}
		switch report.GetOutcome() {
		case aulav1.LoadReport_PUBLISHED, aulav1.LoadReport_UNCHANGED:
		default:
			return disagree(wrong, "%v", report)
		}
		if report.GetRevision() != int32(version) {
			return disagree(wrong, "it is revision %d", report.GetRevision())
		}
		if t.versions < version {
			t.versions = version
			t.at = append(t.at, time.Now())
		}
		return nil
	}}
}

func (t *teacher) send(ctx context.Context, file []byte) (*aulav1.LoadReport, error) {
	stream, err := aulav1.NewLibraryServiceClient(t.conn).LoadSet(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range []*aulav1.LoadSetRequest{
		{Part: &aulav1.LoadSetRequest_Header{Header: &aulav1.LoadSetHeader{File: "loaded.json", Language: t.language}}},
		{Part: &aulav1.LoadSetRequest_Chunk{Chunk: file}},
	} {
		if err := stream.Send(part); err != nil && !errors.Is(err, io.EOF) { // of which the reply tells the reason
			return nil, err
		}
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetReport(), err
}
