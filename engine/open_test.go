package engine_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
)

// opened opens a version until the test ends.
func opened(t *testing.T, e *engine.Engine, d engine.Destination, id string) engine.Opened {
	t.Helper()
	v, err := e.Open(t.Context(), d, engine.Moment{ID: id})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// entryOf finds an item by walking.
func entryOf(t *testing.T, v engine.Opened, path string) repository.Entry {
	t.Helper()
	for e, err := range v.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if e.Path == path {
			return e
		}
	}
	t.Fatalf("there is no %q", path)
	return repository.Entry{}
}

// A file of a version is read at any place, in either format, also one of which
// the newest version holds only a difference.
func TestFilesAreReadInPlace(t *testing.T) {
	content := make([]byte, 5<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(content)
	changed := append(bytes.Clone(content[:3<<20]), content[3<<20+1000:]...)
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			d := destination("file://" + filepath.Join(t.TempDir(), "repo"))
			root, begin := filepath.Join(t.TempDir(), "src"), time.Unix(1_700_000_000, 0)
			older := backUp(t, e, d, root, begin, map[string]string{"big": string(content), "empty": ""})
			newer := backUp(t, e, d, root, begin.Add(time.Hour), map[string]string{"big": string(changed), "empty": ""})
			for _, x := range []struct {
				version string
				content []byte
			}{{older.ID, content}, {newer.ID, changed}} {
				v := opened(t, e, d, x.version)
				readEverywhere(t, v, "big", x.content)
				readEverywhere(t, v, "empty", nil)
			}
		})
	}
}

func readEverywhere(t *testing.T, v engine.Opened, path string, content []byte) {
	t.Helper()
	entry := entryOf(t, v, path)
	f, err := v.OpenFile(t.Context(), &entry)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		off, n := rnd.Int64N(int64(len(content))+100), rnd.IntN(300_000)
		p := make([]byte, n)
		got, err := f.ReadAt(t.Context(), p, off)
		want := content[min(off, int64(len(content))):]
		want = want[:min(n, len(want))]
		if !bytes.Equal(p[:got], want) || (err != nil) != (got < n) || err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%s at %d: %d of %d bytes: %v", path, off, got, n, err)
		}
	}
	if f.Size() != int64(len(content)) {
		t.Errorf("%s has %d bytes", path, f.Size())
	}
}

// What real duplicity wrote names no sizes: they are known once a file was read.
func TestFilesOfDuplicityAreReadInPlace(t *testing.T) {
	f := archives[0]
	e, d := newEngine(t), f.destination()
	v := opened(t, e, d, "")
	read := 0
	for entry, err := range v.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Type != repository.File || read == 5 {
			continue
		}
		read++
		var want bytes.Buffer
		if _, err := e.Cat(t.Context(), d, engine.Moment{}, entry.Path, &want); err != nil {
			t.Fatal(err)
		}
		readEverywhere(t, v, entry.Path, want.Bytes())
	}
	if read == 0 {
		t.Error("there is no file")
	}
}

// What is damaged is not read to its end, and says so.
func TestDamagedFileReadInPlace(t *testing.T) {
	content := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{9}).Read(content)
	for name, destination := range makers {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			place := filepath.Join(t.TempDir(), "repo")
			d := destination("file://" + place)
			backUp(t, e, d, filepath.Join(t.TempDir(), "src"), time.Unix(1_700_000_000, 0), map[string]string{"big": string(content)})
			spoilLargest(t, place)
			v := opened(t, e, d, "")
			entry := entryOf(t, v, "big")
			f, err := v.OpenFile(t.Context(), &entry)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			p := make([]byte, len(content))
			if n, err := f.ReadAt(t.Context(), p, 0); n == len(p) || kindOf(err) != engine.Damaged {
				t.Errorf("%d bytes: %v", n, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, err := f.ReadAt(ctx, p, 0); kindOf(err) != engine.Cancelled {
				t.Errorf("after its end: %v", err)
			}
		})
	}
}

// spoilLargest changes a byte in the middle of the largest file of a folder.
func spoilLargest(t *testing.T, dir string) {
	t.Helper()
	largest, size := "", int64(0)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := errors.Join(os.Chmod(largest, 0o600), os.WriteFile(largest, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}
