package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// treeSize is how much a tree holds.
type treeSize struct {
	files, bytes int64
}

func measureTree(root string) (treeSize, error) {
	var size treeSize
	err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size.files++
		size.bytes += info.Size()
		return nil
	})
	return size, err
}

// sameTree tells the first difference between two trees, in either direction.
func sameTree(want, got string) error {
	err := filepath.WalkDir(want, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(want, path)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return sameFile(path, filepath.Join(got, relative))
	})
	if err != nil {
		return err
	}
	a, err := measureTree(want)
	if err != nil {
		return err
	}
	b, err := measureTree(got)
	if err == nil && a != b {
		err = fmt.Errorf("%d files with %d bytes, want %d with %d", b.files, b.bytes, a.files, a.bytes)
	}
	return err
}

func sameFile(want, got string) error {
	a, err := os.ReadFile(want)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(got)
	if err == nil && !bytes.Equal(a, b) {
		err = fmt.Errorf("%s differs", got)
	}
	return err
}
