package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
)

func TestSameFiles(t *testing.T) {
	dir := t.TempDir()
	block := strings.Repeat("x", 64<<10)
	for name, content := range map[string]string{
		"block": block, "same block": block, "longer": block + "y", "same longer": block + "y", "ends otherwise": block + "z",
		"begins otherwise": "y" + block, "empty": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows := []struct {
		a, b        string
		same, fails bool
	}{
		{a: "block", b: "same block", same: true},
		{a: "longer", b: "same longer", same: true},
		{a: "empty", b: "empty", same: true},
		{a: "block", b: "longer"},
		{a: "longer", b: "block"},
		{a: "longer", b: "ends otherwise"},
		{a: "longer", b: "begins otherwise"},
		{a: "block", b: "empty"},
		{a: "block", b: "gone", fails: true},
		{a: "gone", b: "block", fails: true},
		{a: "empty", b: ".", fails: true}, // a folder opens, and cannot be read
		{a: ".", b: "empty", fails: true},
	}
	for _, row := range rows {
		same, err := engine.SameFiles(t.Context(), filepath.Join(dir, row.a), filepath.Join(dir, row.b))
		if same != row.same || (err != nil) != row.fails {
			t.Errorf("%s and %s: got %v, %v", row.a, row.b, same, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.SameFiles(ctx, filepath.Join(dir, "block"), filepath.Join(dir, "block")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}
