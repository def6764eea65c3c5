package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	row := func(walls ...time.Duration) []measured {
		var all []measured
		for _, w := range walls {
			all = append(all, measured{w, int64(w)})
		}
		return all
	}
	tests := []struct {
		name string
		all  []measured
		want measured
	}{
		{"one", row(5), measured{5, 5}},
		{"odd", row(9, 1, 4), measured{4, 9}},
		{"even", row(8, 2, 4, 100), measured{6, 100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := median(tt.all); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTableJudgesTimeAndMemory(t *testing.T) {
	r := newResults()
	for job := range jobs {
		r.add("duplicity", job, measured{10 * time.Second, 1e6})
		r.add("varve", job, measured{time.Second, 1e6})
	}
	r.of["varve"][restoreOne][0].peak = 200e6
	r.of["varve"][full][0].wall = 3 * time.Second
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for job, want := range [jobs]string{"MISSED", "met", "met", "MISSED"} {
		if line := lines[job+1]; !strings.HasSuffix(strings.TrimSpace(line), want) {
			t.Errorf("got %q, want %s", line, want)
		}
	}
}

func TestPathOption(t *testing.T) {
	for version, want := range map[string]string{
		"duplicity 0.8.22":              "--file-to-restore",
		"duplicity 1.2.3":               "--file-to-restore",
		"duplicity 2.1.4":               "--path-to-restore",
		"duplicity 3.0.2 January, 2024": "--path-to-restore",
	} {
		if got := pathOption(version); got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
	}
}

func TestMeasureSeesMemoryAndFailure(t *testing.T) {
	m, err := measure(exec.CommandContext(t.Context(), "sh", "-c", "exit 0"))
	if err != nil || m.wall <= 0 || m.peak < 100e3 || m.peak > 10e9 {
		t.Errorf("got %v, %v: no shell is that small or large", m, err)
	}
	if _, err := measure(exec.CommandContext(t.Context(), "sh", "-c", "echo why; exit 3")); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("got %v, want the exit with what was said", err)
	}
}

func TestSameTreeNoticesWhatARestoreLost(t *testing.T) {
	tests := []struct {
		name   string
		change func(root string) error
		want   bool
	}{
		{"nothing", func(string) error { return nil }, true},
		{"lost", func(root string) error { return os.Remove(filepath.Join(root, "d", "f")) }, false},
		{"other bytes", func(root string) error { return os.WriteFile(filepath.Join(root, "d", "f"), []byte("y"), 0o644) }, false},
		{"more", func(root string) error { return os.WriteFile(filepath.Join(root, "more"), nil, 0o644) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			roots := [2]string{t.TempDir(), t.TempDir()}
			for _, root := range roots {
				if err := os.Mkdir(filepath.Join(root, "d"), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, "d", "f"), []byte("x"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := tt.change(roots[1]); err != nil {
				t.Fatal(err)
			}
			if err := sameTree(roots[0], roots[1]); (err == nil) != tt.want {
				t.Errorf("got %v, want same: %v", err, tt.want)
			}
		})
	}
}
