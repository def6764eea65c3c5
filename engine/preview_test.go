package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/selection"
)

func TestPreview(t *testing.T) {
	root := t.TempDir()
	for name, size := range map[string]int{
		"docs/a.txt": 10, "docs/b.o": 20, "docs/node_modules/x/1": 30, "docs/node_modules/x/2": 40, "docs/disk.vdi": 50,
		"raw/1": 100, "raw/best/2": 200, "else/3": 1000, "docs/games/4": 7, "docs/games/deep/5": 8,
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(root, name) }
	rules := []selection.Condition{
		selection.ExcludeGlob("**/*.o"), selection.ExcludeGlob("**/node_modules"), selection.ExcludeFolder(in("raw")), selection.IncludeFolder(in("raw/best")),
	}
	planned, rules, err := engine.FoldersPlan([]string{in("docs"), in("raw")}, rules)
	if err != nil {
		t.Fatal(err)
	}
	plan := engine.PreviewPlan{Root: planned, Rules: rules, Offers: [][]selection.Condition{
		{selection.ExcludeGlob("**/*.vdi")}, {selection.ExcludeGlob("**/games")}, {selection.ExcludeGlob("**/*.o")},
	}}
	got, err := engine.New(engine.Config{}).Preview(t.Context(), plan, func(engine.Counted) {})
	if err != nil {
		t.Fatal(err)
	}
	if want := (engine.Tally{Files: 5, Bytes: 10 + 50 + 200 + 7 + 8}); got.Kept != want {
		t.Errorf("kept %v, want %v", got.Kept, want)
	}
	if want := []engine.Tally{{Files: 1, Bytes: 20}, {Files: 2, Bytes: 70}, {Files: 1, Bytes: 100}, {}}; !slices.Equal(got.Rules[:4], want) {
		t.Errorf("the rules got %v, want %v", got.Rules, want)
	}
	if want := []engine.Tally{{Files: 1, Bytes: 50}, {Files: 2, Bytes: 15}, {}}; !slices.Equal(got.Offers, want) {
		t.Errorf("the offers got %v, want %v", got.Offers, want)
	}
	if f := got.Top.Folders; len(f) != 2 || f[0].Name != "docs" || f[1].Name != "raw" || f[0].Out[0] != (engine.RuleTally{Rule: 1, Tally: engine.Tally{Files: 2, Bytes: 70}}) {
		t.Errorf("the folders are %+v", f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := engine.New(engine.Config{}).Preview(ctx, plan, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a preview that was cancelled ended with %v", err)
	}
}
