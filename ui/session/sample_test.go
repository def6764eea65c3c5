package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The file that comes back is one that a person knows, and it is compared.
func TestSampleRestore(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats at night")
	p.backUp(id)
	var seen string
	sample, err := p.s.SampleRestore(t.Context(), id, func(_ context.Context, path string) error {
		b, err := os.ReadFile(path)
		seen = string(b)
		return err
	})
	if err != nil || !sample.Same || seen == "" || sample.Size != int64(len(seen)) {
		t.Fatalf("got %+v, %q, %v", sample, seen, err)
	}
	here, err := os.ReadFile(sample.Path)
	if err != nil || string(here) != seen {
		t.Errorf("here is %q, %v", here, err)
	}
}

// What was changed since the version was made proves nothing.
func TestSampleOfChangedFiles(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats at night")
	p.backUp(id)
	j, err := p.s.store.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range j.Folders {
		err := filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.s.SampleRestore(t.Context(), id, nil); !errors.Is(err, ErrNoSample) {
		t.Errorf("got %v, want %v", err, ErrNoSample)
	}
}

// A file whose content differs while its time and size do not is the worst news.
func TestSampleThatDiffers(t *testing.T) {
	p := newPerson(t)
	id, _ := p.job("nine green boats at night")
	p.backUp(id)
	first, err := p.s.SampleRestore(t.Context(), id, func(context.Context, string) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1
	if err := errors.Join(os.WriteFile(first.Path, b, 0o600), os.Chtimes(first.Path, time.Time{}, info.ModTime())); err != nil {
		t.Fatal(err)
	}
	if _, err := p.s.SampleRestore(t.Context(), id, nil); !errors.Is(err, ErrNotTheSame) {
		t.Errorf("got %v, want %v", err, ErrNotTheSame)
	}
}
