package textdiff

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// show writes a comparison as people do.
func show(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		switch l.Op {
		case Skipped:
			fmt.Fprintf(&b, "…%d\n", l.Count)
		default:
			b.WriteString(string(" -+"[l.Op]) + l.Text + "\n")
		}
	}
	return b.String()
}

func TestLines(t *testing.T) {
	for _, row := range []struct{ name, older, newer, want string }{
		{"nothing", "", "", ""},
		{"from nothing", "", "a\nb\n", "+a\n+b\n"},
		{"to nothing", "a", "", "-a\n"},
		{"the same", "a\nb", "a\nb\n", " a\n b\n"},
		{"one line changed", "a\nb\nc", "a\nB\nc", " a\n-b\n+B\n c\n"},
		{"removed before added", "a\nb\nc\nd", "a\nx\ny\nd", " a\n-b\n-c\n+x\n+y\n d\n"},
		{"a paragraph moved down", "p\nq\nr\ns", "r\ns\np\nq", "-p\n-q\n r\n s\n+p\n+q\n"},
		{"repeated lines", "x\nx\nx\ny", "x\nx\ny\ny", "-x\n x\n x\n y\n+y\n"},
		{"empty lines", "\n\na", "\na", " \n-\n a\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			lines, err := Lines(t.Context(), row.older, row.newer)
			if err != nil {
				t.Fatal(err)
			}
			if row.name == "repeated lines" {
				check(t, row.older, row.newer, lines)
				if added, removed := Count(lines); added != 1 || removed != 1 {
					t.Errorf("got %d added, %d removed, want one of each:\n%s", added, removed, show(lines))
				}
				return
			}
			if got := show(lines); got != row.want {
				t.Errorf("got\n%swant\n%s", got, row.want)
			}
		})
	}
}

// check: a comparison tells both texts.
func check(t *testing.T, older, newer string, lines []Line) {
	t.Helper()
	var a, b []string
	for _, l := range lines {
		if l.Op != Added {
			a = append(a, l.Text)
		}
		if l.Op != Removed {
			b = append(b, l.Text)
		}
	}
	if !slices.Equal(a, split(older)) || !slices.Equal(b, split(newer)) {
		t.Errorf("the comparison of %q and %q tells of other texts:\n%s", older, newer, show(lines))
	}
}

func TestFold(t *testing.T) {
	older := strings.Repeat("same\n", 10) + "was\n" + strings.Repeat("also\n", 10)
	newer := strings.Repeat("same\n", 10) + "is\n" + strings.Repeat("also\n", 10) + "more\n"
	lines, err := Lines(t.Context(), older, newer)
	if err != nil {
		t.Fatal(err)
	}
	want := "…8\n same\n same\n-was\n+is\n also\n also\n…6\n also\n also\n+more\n"
	if got := show(Fold(lines, 2)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := Fold(lines[:1], 0); len(got) != 1 || got[0].Op != Same {
		t.Errorf("a single line is left out: %v", got)
	}
}

// Two long texts that share nothing, or only lines that repeat, are compared in
// bounded time.
func TestLargeTextsAreBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	long := func(alphabet int) string {
		var b strings.Builder
		for range 60_000 {
			fmt.Fprintln(&b, random.IntN(alphabet))
		}
		return b.String()
	}
	for _, alphabet := range []int{2, 50, 100_000, 1 << 40} {
		start := time.Now()
		a, b := long(alphabet), long(alphabet)
		lines, err := Lines(t.Context(), a, b)
		if err != nil {
			t.Fatal(err)
		}
		check(t, a, b, lines)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%d kinds of lines took %v", alphabet, took)
		}
	}
}

func TestLinesEndWithTheirContext(t *testing.T) {
	reason := errors.New("the person left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if lines, err := Lines(ctx, "a", "b"); !errors.Is(err, reason) || lines != nil {
		t.Errorf("got %v, %v; want the reason", lines, err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nb")
	f.Add("x\nx\ny\nx", "y\nx\nx")
	f.Add("\n\n", "\n")
	f.Fuzz(func(t *testing.T, older, newer string) {
		lines, err := Lines(t.Context(), older, newer)
		if err != nil {
			t.Fatal(err)
		}
		check(t, older, newer, lines)
		total := 0
		for _, l := range Fold(lines, 3) {
			total += max(1, l.Count)
		}
		if total != len(lines) {
			t.Errorf("folding %d lines tells of %d", len(lines), total)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	older := strings.Repeat("a line of a letter, as people write it\nand another\n\n", 5000)
	newer := strings.ReplaceAll(older[:len(older)/2], "another", "one more") + older[len(older)/2:]
	for b.Loop() {
		if _, err := Lines(b.Context(), older, newer); err != nil {
			b.Fatal(err)
		}
	}
}
