package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// prepare makes the data: a file that cannot be compressed, a tree of programs
// and texts, and many small files.
func prepare(dir string, mebibytes, files int) ([]string, error) {
	big, mixed, small := filepath.Join(dir, "incompressible"), filepath.Join(dir, "mixed"), filepath.Join(dir, "small")
	if err := os.MkdirAll(big, 0o700); err != nil {
		return nil, err
	}
	if err := makeNoise(filepath.Join(big, "file"), mebibytes); err != nil {
		return nil, err
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for its folder: %w", err)
	}
	for _, part := range []string{"src", "pkg"} {
		if err := os.CopyFS(filepath.Join(mixed, part), os.DirFS(filepath.Join(strings.TrimSpace(string(out)), part))); err != nil {
			return nil, fmt.Errorf("copying Go: %w", err)
		}
	}
	return []string{big, mixed, small}, makeSmall(small, files)
}

func makeNoise(path string, mebibytes int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, piece := rand.NewChaCha8([32]byte{1}), make([]byte, 1<<20)
	for range mebibytes {
		_, _ = r.Read(piece) // it cannot fail
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
	return f.Close()
}

// makeSmall makes files of 50 to 2000 bytes, a hundred in a folder.
func makeSmall(dir string, files int) error {
	r := rand.New(rand.NewPCG(2, 3))
	for i := range files {
		folder := filepath.Join(dir, fmt.Sprintf("d%04d", i/100))
		if i%100 == 0 {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return err
			}
		}
		content := strings.Repeat(fmt.Sprintf("line %d of %d\n", r.IntN(1000), i), 1+r.IntN(100))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("f%02d", i%100)), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
