package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sameFiles makes sure that two folders hold the same files with the same
// bytes.
func sameFiles(a, b string) error {
	if err := contains(a, b); err != nil {
		return err
	}
	return contains(b, a)
}

// contains makes sure that b holds all files of a.
func contains(b, a string) error {
	return filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(a, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(b, rel))
		if err == nil && !bytes.Equal(got, want) {
			err = fmt.Errorf("%s is not the same in %s", rel, b)
		}
		return err
	})
}
