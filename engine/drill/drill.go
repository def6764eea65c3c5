// Package drill chooses the files with which a restore is tried out: some of
// many, each as likely as any other. New makes a Sample, Add offers it files,
// Chosen are those that it took.
package drill

import (
	"math/rand/v2"
	"slices"

	"github.com/varve-backup/varve/engine/repository"
)

// Sample is a choice among files that are offered one by one, however many
// there are.
type Sample struct {
	random *rand.Rand
	most   int
	room   int64
	seen   int64
	chosen []repository.Entry
}

// New makes a Sample of most files at most, which have room bytes together.
func New(random *rand.Rand, most int, room int64) *Sample {
	return &Sample{random: random, most: most, room: room}
}

// part is what of the room one file may have: a single huge one would leave none
// for others.
const part = 4

// unknown is how much room is taken by a file whose size nobody knows.
const unknown = 1 << 20

// Add offers a file, of which the size is below zero where nobody knows it.
func (s *Sample) Add(f repository.Entry) {
	if takes(&f) > s.room/part {
		return
	}
	s.seen++
	if len(s.chosen) < s.most {
		s.chosen = append(s.chosen, f)
		return
	}
	// With every file that comes, each that came has the same chance to be in.
	if i := s.random.Int64N(s.seen); i < int64(s.most) {
		s.chosen[i] = f
	}
}

// Chosen are the files that were taken, by their paths, and the bytes that they
// have as far as these are known.
func (s *Sample) Chosen() (files []repository.Entry, bytes int64) {
	var taken int64
	for _, f := range s.chosen {
		if taken+takes(&f) > s.room {
			continue
		}
		taken += takes(&f)
		bytes += max(f.Size, 0)
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b repository.Entry) int { return repository.Compare(a.Path, b.Path) })
	return files, bytes
}

// Some are n of many numbers below of, each at most once, in order.
func Some(random *rand.Rand, n, of int) []int {
	all := random.Perm(max(of, 0))
	some := all[:min(n, len(all))]
	slices.Sort(some)
	return some
}

func takes(f *repository.Entry) int64 {
	if f.Size < 0 {
		return unknown
	}
	return f.Size
}
