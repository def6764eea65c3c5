package librsync

import (
	"bytes"
	"math/bits"
)

// table finds blocks by their weak sum: open addressing over block numbers,
// and in front of it a bit for every pattern of sixteen bits that occurs,
// which turns most windows away.
type table struct {
	slots  []int32 // block number + 1; 0 is empty
	next   []int32 // the next block with the same weak sum + 1
	shift  uint
	filter [1 << 16 / 64]uint64
}

// mostAlike bounds how many blocks with one weak sum are looked at: an
// adversary can make any number.
const mostAlike = 16

func (t *table) build(s *Signature) {
	if len(s.weak) == 0 {
		return
	}
	t.shift = uint(31 - bits.Len32(uint32(len(s.weak))))
	t.slots = make([]int32, 1<<(32-t.shift))
	t.next = make([]int32, len(s.weak))
	for i := range s.weak {
		t.insert(s, i)
	}
}

// hash spreads a sum over the slots.
func (t *table) hash(weak uint32) uint32 { return (weak * 0x9e3779b1) >> t.shift }

// insert adds a block, unless one with the same sums came before it: of equal
// blocks the first is used.
func (t *table) insert(s *Signature, i int) {
	weak := s.weak[i]
	mixed := fold(weak)
	t.filter[mixed>>6] |= 1 << (mixed & 63)
	for h := t.hash(weak); ; h = (h + 1) & uint32(len(t.slots)-1) {
		first := t.slots[h]
		if first == 0 {
			t.slots[h] = int32(i + 1)
			return
		}
		if s.weak[first-1] == weak {
			t.chain(s, int(first-1), i)
			return
		}
	}
}

// chain puts block i behind those with the same weak sum.
func (t *table) chain(s *Signature, at, i int) {
	for range mostAlike {
		if bytes.Equal(s.strongOf(at), s.strongOf(i)) {
			return
		}
		if t.next[at] == 0 {
			t.next[at] = int32(i + 1)
			return
		}
		at = int(t.next[at] - 1)
	}
}

func fold(weak uint32) uint32 { return (weak ^ weak>>16) & 0xffff }

// first returns the first block with a weak sum, -1 for none.
func (t *table) first(s *Signature, weak uint32) int {
	mixed := fold(weak)
	if t.filter[mixed>>6]&(1<<(mixed&63)) == 0 {
		return -1
	}
	for h := t.hash(weak); ; h = (h + 1) & uint32(len(t.slots)-1) {
		first := t.slots[h]
		if first == 0 {
			return -1
		}
		if s.weak[first-1] == weak {
			return int(first - 1)
		}
	}
}

// find returns the block with a strong sum among those that have the weak sum
// of block i, -1 for none.
func (t *table) find(s *Signature, i int, sum []byte) int {
	for i >= 0 {
		if bytes.Equal(s.strongOf(i), sum) {
			return i
		}
		i = int(t.next[i]) - 1
	}
	return -1
}
