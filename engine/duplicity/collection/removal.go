package collection

import (
	"cmp"
	"slices"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// Removal is what an action deletes. Signatures go first, then the sets one
// after the other, each with its manifest before its volumes: in this order
// stopping after any file leaves every set that stays as it was, and of those
// that go at most one half.
type Removal struct {
	Signatures []File
	Sets       []Set
	// Required are sets that are old enough to go and stay, because younger
	// ones need them.
	Required []Set
	// Empty are full sets without volumes, whose manifests duplicity leaves.
	Empty []Set
	// Newest is the chain that would have gone had it not been the last one.
	Newest Chain
	// Spared are signatures that duplicity would delete although the sets that
	// they belong to stay.
	Spared []File
	// Unsigned is a set that duplicity would delete because its signatures are
	// missing, although it can be restored.
	Unsigned *Set
}

// IsEmpty reports that nothing is deleted.
func (r *Removal) IsEmpty() bool { return len(r.Signatures)+len(r.Sets) == 0 }

// OlderThan is duplicity's remove-older-than (formats/duplicity.md section
// 15), which deletes whole chains. The last chain stays even when its
// signatures are missing, where duplicity deletes the only version.
func (c *Collection) OlderThan(t time.Time) Removal { return c.older(t, false) }

// AllButFull is duplicity's remove-all-but-n-full. n is at least 1.
func (c *Collection) AllButFull(n int) Removal { return c.older(c.nthFull(n), false) }

// IncrementalsOfAllButFull is duplicity's remove-all-inc-of-but-n-full. n is
// at least 1.
func (c *Collection) IncrementalsOfAllButFull(n int) Removal { return c.older(c.nthFull(n), true) }

// nthFull is the time of the n-th newest full set, zero when there are fewer.
func (c *Collection) nthFull(n int) time.Time {
	var fulls []time.Time
	for _, chain := range c.Chains {
		fulls = append(fulls, chain[0].End)
	}
	if len(fulls) < n {
		return time.Time{}
	}
	slices.SortFunc(fulls, time.Time.Compare)
	return fulls[len(fulls)-n]
}

// older deletes the chains that end before t, or only what is incremental in
// them.
func (c *Collection) older(t time.Time, keepFull bool) (r Removal) {
	found := false
	for i, chain := range slices.Backward(c.Chains) {
		switch {
		case !chain.End().Before(t):
			r.Required = append(r.Required, before(chain, t)...)
		case i == len(c.Chains)-1:
			r.Newest = chain
		case keepFull:
			found = found || len(chain) > 1
			r.addSets(chain[1:])
		case len(chain[0].Volumes) == 0:
			found = true
			r.addSets(chain[1:])
			r.Empty = append(r.Empty, chain[0])
		default:
			found = true
			r.addSets(chain)
		}
	}
	slices.SortFunc(r.Required, byEnd)
	if found {
		c.olderSignatures(&r, t, keepFull)
	}
	return r
}

func before(chain Chain, t time.Time) (old []Set) {
	for _, s := range chain {
		if s.End.Before(t) {
			old = append(old, s)
		}
	}
	return old
}

// addSets adds sets, the newest first.
func (r *Removal) addSets(sets []Set) {
	for _, s := range slices.Backward(sets) {
		r.Sets = append(r.Sets, s)
	}
}

// olderSignatures adds the chains of signatures that end before t, except
// what is of sets that stay.
func (c *Collection) olderSignatures(r *Removal, t time.Time, keepFull bool) {
	staying := c.signed(slices.Concat(r.Sets, r.Empty))
	chains, _ := c.signatureChains()
	for _, chain := range slices.Backward(chains) {
		if !chain[len(chain)-1].Name.End.Before(t) {
			continue
		}
		for _, f := range slices.Backward(chain) {
			switch {
			case keepFull && f.Name.Full:
			case staying[f.Stored]:
				r.Spared = append(r.Spared, f)
			default:
				r.Signatures = append(r.Signatures, f)
			}
		}
	}
}

// signed are the signatures of versions other than those of sets.
func (c *Collection) signed(except []Set) map[string]bool {
	names := map[string]bool{}
	for _, chain := range c.Chains {
		for _, s := range chain {
			names[s.Signature.Stored] = true
		}
	}
	for _, s := range except {
		delete(names, s.Signature.Stored)
	}
	return names
}

// signatureChains orders the signatures without regard to the sets, as
// duplicity does. Orphans follow none. Of two that follow the same one, that
// of a version does.
func (c *Collection) signatureChains() (chains [][]File, orphans []File) {
	var rest []File
	for _, f := range c.signatures {
		if f.Name.Full {
			chains = append(chains, []File{f})
		} else {
			rest = append(rest, f)
		}
	}
	ofVersions := c.signed(nil)
	rank := func(f File) int {
		if ofVersions[f.Stored] {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(rest, func(a, b File) int {
		return cmp.Or(a.Name.Start.Compare(b.Name.Start), rank(a)-rank(b))
	})
	for _, f := range rest {
		if i := slices.IndexFunc(chains, func(chain []File) bool { return chain[len(chain)-1].Name.End.Equal(f.Name.Start) }); i >= 0 {
			chains[i] = append(chains[i], f)
		} else {
			orphans = append(orphans, f)
		}
	}
	slices.SortStableFunc(chains, func(a, b []File) int { return a[len(a)-1].Name.End.Compare(b[len(b)-1].Name.End) })
	return chains, orphans
}

// Extraneous is duplicity's cleanup: sets that belong to no version, and
// signatures that follow none. A last set without signatures stays, where
// duplicity deletes a version that can be restored.
func (c *Collection) Extraneous() (r Removal) {
	_, r.Signatures = c.signatureChains()
	r.addSets(c.Incomplete)
	r.addSets(c.Orphaned)
	if n := len(c.Chains); n > 0 {
		last := c.Chains[n-1]
		// duplicity falls back to the set before the last one, unless that is
		// the full one.
		if n := len(last); n > 2 && last[n-1].Signature.Stored == "" && last[:n-1].Continuable() {
			r.Unsigned = &last[n-1]
		}
	}
	return r
}

// Whole removes chains with their signatures.
func Whole(chains []Chain) (r Removal) {
	for _, chain := range slices.Backward(slices.SortedFunc(slices.Values(chains), func(a, b Chain) int { return a.End().Compare(b.End()) })) {
		r.addSets(chain)
		for _, s := range slices.Backward(chain) {
			if s.Signature.Stored != "" {
				r.Signatures = append(r.Signatures, s.Signature)
			}
		}
	}
	return r
}

// FilesOf returns every file of a set that is stored: also a second one for a
// place, of which the Set names one. The manifest comes first, then the
// volumes from the last one down.
func FilesOf(s *Set, files []File) (all []File) {
	for _, f := range files {
		n := f.Name
		if n.Kind != filename.Signature && n.Full == s.Full && n.Start.Equal(s.Start) && n.End.Equal(s.End) {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b File) int {
		return cmp.Or(rankOf(a)-rankOf(b), b.Name.Volume-a.Name.Volume)
	})
	return all
}

func rankOf(f File) int {
	if f.Name.Kind == filename.Manifest {
		return 0
	}
	return 1
}

// Spare takes out of a removal what must stay because a pinned version is or
// needs it: the set of a time that is pinned, and those that it builds on. It
// returns the sets that stay, oldest first.
func (r *Removal) Spare(pinned func(time.Time) bool) (stay []Set) {
	needed := map[int64]bool{}
	isNeeded := func(t time.Time) bool { return needed[t.Unix()] || pinned(t) }
	for grown := true; grown; {
		grown = false
		for i := range r.Sets {
			s := &r.Sets[i]
			if !s.Full && isNeeded(s.End) && !isNeeded(s.Start) {
				needed[s.Start.Unix()], grown = true, true
			}
		}
	}
	var gone []Set
	for _, s := range r.Sets {
		if isNeeded(s.End) {
			stay = append(stay, s)
		} else {
			gone = append(gone, s)
		}
	}
	r.Sets = gone
	r.Signatures = slices.DeleteFunc(r.Signatures, func(f File) bool { return isNeeded(f.Name.End) })
	slices.SortStableFunc(stay, byEnd)
	return stay
}
