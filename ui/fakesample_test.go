package ui

import (
	"context"
	"os"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/ui/session"
)

// fakeSample is the file that a fake brings back, and its keys.
type fakeSample struct {
	keys    []engine.PublicKey
	keysErr error

	sample    session.Sample
	content   string
	sampleErr error
	sampled   int
}

func (f *fakeSample) PublicKeys(context.Context) ([]engine.PublicKey, error) {
	return f.keys, f.keysErr
}

func (f *fakeSample) SampleRestore(ctx context.Context, _ int64, look func(context.Context, string) error) (session.Sample, error) {
	f.sampled++
	if f.sampleErr != nil {
		return f.sample, f.sampleErr
	}
	file, err := os.CreateTemp("", "varve-test-")
	if err != nil {
		return session.Sample{}, err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString(f.content); err != nil {
		return session.Sample{}, err
	}
	if err := file.Close(); err != nil {
		return session.Sample{}, err
	}
	return f.sample, look(ctx, file.Name())
}
