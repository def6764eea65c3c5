package drill_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/drill"
	"github.com/varve-backup/varve/engine/repository"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// Every file is as likely as any other, the first and the last too.
func TestChoiceIsEven(t *testing.T) {
	const files, most, times = 50, 5, 4000
	counts := map[string]int{}
	for seed := range uint64(times) {
		s := drill.New(random(seed), most, 1000)
		for i := range files {
			s.Add(repository.Entry{Path: fmt.Sprint(i), Size: 10})
		}
		chosen, bytes := s.Chosen()
		if len(chosen) != most || bytes != 10*most {
			t.Fatalf("chose %v of %d bytes", chosen, bytes)
		}
		for _, f := range chosen {
			counts[f.Path]++
		}
	}
	const want = times * most / files
	for path, n := range counts {
		if n < want*3/4 || n > want*5/4 {
			t.Errorf("%s was chosen %d times, others about %d times", path, n, want)
		}
	}
	if len(counts) != files {
		t.Errorf("only %d of %d files were ever chosen", len(counts), files)
	}
}

func TestChoiceKeepsToItsRoom(t *testing.T) {
	s := drill.New(random(1), 100, 1000)
	for i := range 20 {
		s.Add(repository.Entry{Path: fmt.Sprintf("%02d", i), Size: 240})
	}
	s.Add(repository.Entry{Path: "huge", Size: 400}) // more than its part
	s.Add(repository.Entry{Path: "unknown", Size: -1})
	s.Add(repository.Entry{Path: "empty", Size: 0})
	chosen, bytes := s.Chosen()
	if bytes != 960 || len(chosen) != 5 {
		t.Errorf("chose %v, %d bytes", chosen, bytes)
	}
	if !slices.IsSortedFunc(chosen, func(a, b repository.Entry) int { return repository.Compare(a.Path, b.Path) }) {
		t.Errorf("chose in no order: %v", chosen)
	}
}

func TestSome(t *testing.T) {
	for _, c := range []struct{ n, of, want int }{{2, 5, 2}, {2, 1, 1}, {2, 0, 0}, {0, 4, 0}, {1, -1, 0}} {
		if got := drill.Some(random(3), c.n, c.of); len(got) != c.want || !slices.IsSorted(got) || len(slices.Compact(got)) != c.want {
			t.Errorf("%d of %d: %v", c.n, c.of, got)
		}
	}
}
