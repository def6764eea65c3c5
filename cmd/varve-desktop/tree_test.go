//go:build linux

package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// noise writes a file that cannot be compressed, and is the same each time.
func (d *desk) noise(name string, size int64) {
	d.t.Helper()
	d.write(name, "")
	f, err := os.Create(d.home(name))
	if err != nil {
		d.t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := io.CopyN(w, rand.NewChaCha8([32]byte{1}), size); err != nil {
		d.t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		d.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// sameTree compares two folders: names, types, permissions, times, content.
func sameTree(t testing.TB, want, got string) {
	t.Helper()
	a, b := tree(t, want), tree(t, got)
	if maps.Equal(a, b) {
		return
	}
	for name, line := range a {
		if b[name] != line {
			t.Errorf("%s: got %q, want %q", name, b[name], line)
		}
	}
	for name, line := range b {
		if _, ok := a[name]; !ok {
			t.Errorf("%s: got %q, want nothing", name, line)
		}
	}
}

// tree describes every item below root, by its path. Times are whole seconds,
// because that is what duplicity brings back.
func tree(t testing.TB, root string) map[string]string {
	t.Helper()
	items := map[string]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		sum := ""
		if info.Mode().IsRegular() {
			if sum, err = sumOf(path); err != nil {
				return err
			}
		}
		name, err := filepath.Rel(root, path)
		items[name] = fmt.Sprint(info.Mode(), info.ModTime().Unix(), sum)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	return fmt.Sprintf("%d %x", size, h.Sum(nil)), err
}
