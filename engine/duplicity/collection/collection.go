// Package collection orders the files of an archive into sets and chains, by
// their names alone (formats/duplicity.md section 14). Build does it.
package collection

import (
	"cmp"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// File is one file of an archive.
type File struct {
	// Stored is its name at the destination.
	Stored string
	// Name is what the name says.
	Name filename.Name
	// Size is its length in bytes.
	Size int64
	// ModTime is when it was stored, as far as the destination knows.
	ModTime time.Time
}

// Set is what one backup run stored.
type Set struct {
	Full bool
	// Start is the time of the set that an incremental one builds on, zero
	// for a full one; End is the set's own time.
	Start, End time.Time
	// Encrypted tells that its volumes are; of a set without volumes, its
	// manifest.
	Encrypted bool
	// Volumes are by number.
	Volumes map[int]File
	// Manifest makes a set complete; it has no name in one that is not.
	Manifest File
	// Signature is the signature archive, without a name when it is missing.
	Signature File
}

// Complete reports that the set's run came to its end.
func (s *Set) Complete() bool { return s.Manifest.Stored != "" }

// Size is the length of the set's volumes, in bytes.
func (s *Set) Size() (n int64) {
	for _, f := range s.Volumes {
		n += f.Size
	}
	return n
}

// Gap returns the lowest number of a volume that must be missing, 0 when none
// is known to be: what is missing at the end only the manifest can tell.
func (s *Set) Gap() int {
	for n := 1; n <= len(s.Volumes); n++ {
		if _, ok := s.Volumes[n]; !ok {
			return n
		}
	}
	if len(s.Volumes) == 0 {
		return 1
	}
	return 0
}

// Chain is a full set and the incremental ones on it, oldest first.
type Chain []Set

// End is the time of the chain's newest set.
func (c Chain) End() time.Time { return c[len(c)-1].End }

// Continuable reports that an incremental set can be built on the chain:
// every set has its signatures.
func (c Chain) Continuable() bool {
	return !slices.ContainsFunc(c, func(s Set) bool { return s.Signature.Stored == "" })
}

// Collection is everything that an archive consists of.
type Collection struct {
	// Chains are ordered by their end, the newest last.
	Chains []Chain
	// Orphaned are complete incremental sets whose basis is missing,
	// Incomplete are sets without a manifest.
	Orphaned, Incomplete []Set
	// Leftover are signature archives of sets that have no manifest: what a
	// run that died between the two uploads leaves.
	Leftover []File

	signatures []File // all, by name
}

// key identifies a set.
type key struct {
	full       bool
	start, end int64
}

// Build orders files. Two files for one place, which duplicity would refuse,
// keep the one whose name sorts first. The partial files of an unfinished run,
// which somebody may have copied to the destination, count for nothing: a set
// is complete when its manifest is.
func Build(files []File) *Collection {
	c := &Collection{}
	sets := map[key]*Set{}
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Stored, b.Stored) }) {
		if f.Name.Partial {
			continue
		}
		put(sets, f)
		if f.Name.Kind == filename.Signature {
			c.signatures = append(c.signatures, f)
		}
	}
	var complete []Set
	for _, s := range sets {
		switch {
		case s.Complete():
			complete = append(complete, *s)
		case len(s.Volumes) > 0:
			c.Incomplete = append(c.Incomplete, *s)
		}
		if !s.Complete() && s.Signature.Stored != "" {
			c.Leftover = append(c.Leftover, s.Signature)
		}
	}
	slices.SortFunc(c.Incomplete, byEnd)
	slices.SortFunc(c.Leftover, func(a, b File) int { return cmp.Compare(a.Stored, b.Stored) })
	slices.SortFunc(complete, byEnd)
	for _, s := range complete {
		c.add(s)
	}
	slices.SortStableFunc(c.Chains, func(a, b Chain) int { return a.End().Compare(b.End()) })
	return c
}

// byEnd orders sets by time, full ones first where two share it.
func byEnd(a, b Set) int {
	full := 0
	if a.Full != b.Full {
		full = 1
		if a.Full {
			full = -1
		}
	}
	return cmp.Or(a.End.Compare(b.End), full, a.Start.Compare(b.Start))
}

func put(sets map[key]*Set, f File) {
	n := f.Name
	k := key{n.Full, n.Start.Unix(), n.End.Unix()}
	s := sets[k]
	if s == nil {
		s = &Set{Full: n.Full, Start: n.Start, End: n.End, Volumes: map[int]File{}}
		sets[k] = s
	}
	switch n.Kind {
	case filename.Volume:
		if _, taken := s.Volumes[n.Volume]; !taken {
			s.Volumes[n.Volume] = f
			s.Encrypted = n.Encrypted
		}
	case filename.Manifest:
		if !s.Complete() {
			s.Manifest = f
			s.Encrypted = s.Encrypted || len(s.Volumes) == 0 && n.Encrypted
		}
	case filename.Signature:
		if s.Signature.Stored == "" {
			s.Signature = f
		}
	}
}

// add puts a complete set where it belongs. Sets come ordered by time.
func (c *Collection) add(s Set) {
	if s.Full {
		c.Chains = append(c.Chains, Chain{s})
		return
	}
	for i, chain := range c.Chains {
		last := chain[len(chain)-1]
		if last.End.Equal(s.Start) {
			c.Chains[i] = append(chain, s)
			return
		}
		// A younger set with the same basis takes the place of an older one.
		if !last.Full && last.Start.Equal(s.Start) && last.End.Before(s.End) {
			chain[len(chain)-1] = s
			return
		}
	}
	c.Orphaned = append(c.Orphaned, s)
}

// Active is the chain that the next incremental set continues, nil when there
// is none. It is the last one, and only if all its signatures are there.
//
// duplicity would also continue a chain whose last set has lost its
// signatures from the set before, which makes the last one, whole as it is,
// vanish from every listing. We do not.
func (c *Collection) Active() Chain {
	if len(c.Chains) == 0 {
		return nil
	}
	if last := c.Chains[len(c.Chains)-1]; last.Continuable() {
		return last
	}
	return nil
}
