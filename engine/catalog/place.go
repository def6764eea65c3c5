package catalog

import "bytes"

// place is where a version stands among those that are known already.
type place struct {
	*order            // of those
	version     int64 // the new one
	older, next int64 // its neighbours, 0 where there is none
	base        int   // rank of what it is compared with: the older one, else the next; -1 for none
}

// place finds where a version of that time and name belongs.
func (o *order) place(v *Version) *place {
	rank := 0
	for rank < len(o.versions) && before(o.versions[rank], v) {
		rank++
	}
	p := &place{order: o, version: v.id, older: o.id(rank - 1), next: o.id(rank), base: rank - 1}
	if p.older == 0 && p.next != 0 {
		p.base = rank
	}
	return p
}

func before(a, b *Version) bool {
	if c := a.Time.Compare(b.Time); c != 0 {
		return c < 0
	}
	return a.Name < b.Name
}

// current returns the state that holds in the version as long as nothing else
// is said: that of the older one.
func (p *place) current(states []state) (index int, err error) {
	if p.base < 0 {
		return -1, nil
	}
	for i := range states {
		first, behind, err := p.span(&states[i])
		if err != nil {
			return -1, err
		}
		if first <= p.base && p.base < behind {
			return i, nil
		}
	}
	return -1, nil
}

// put makes the states hold item in the version, or nothing when item is nil.
// current is what holds there now.
func (p *place) put(states []state, current int, item []byte) []state {
	// What comes after the older version begins at: here, or where the current
	// state was.
	at := current
	if current < 0 {
		at = p.behind(states)
	}
	result := append([]state(nil), states[:at]...)
	rest := states[at:]
	if current >= 0 {
		s := rest[0]
		rest = rest[1:]
		if p.older != 0 {
			result = append(result, state{s.since, p.version, s.item})
		}
		if p.next != 0 && s.until != p.next {
			rest = append([]state{{p.next, s.until, s.item}}, rest...)
		}
	}
	if item != nil {
		s := p.only(item)
		if len(rest) > 0 && p.next != 0 && rest[0].since == p.next && bytes.Equal(rest[0].item, item) {
			s.until = rest[0].until
			rest = rest[1:]
		}
		result = append(result, s)
	}
	return append(result, rest...)
}

// only is a state that holds in the version and in no other.
func (p *place) only(item []byte) state {
	s := state{0, p.next, item}
	if p.older != 0 {
		s.since = p.version
	}
	return s
}

// behind is the index of the first state that begins after the version. Nothing
// holds at its base.
func (p *place) behind(states []state) int {
	for i := range states {
		if first, _, err := p.span(&states[i]); err == nil && first > p.base {
			return i
		}
	}
	return len(states)
}
