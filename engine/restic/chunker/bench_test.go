package chunker

import "testing"

// The positions tested in a second: there is no cut, and no minimum is skipped.
func BenchmarkSearch(b *testing.B) {
	data := uncut(4<<20, NewTables(published))
	t := NewTables(published)
	b.Run("definition", func(b *testing.B) {
		part := plain(MinSize + 1<<20)
		leaving := definedLeaving(published)
		b.SetBytes(1 << 20)
		for b.Loop() {
			definedCut(part, published, leaving)
		}
	})
	b.Run("one lane", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, found := t.searchOn(data, t.fingerprint(data[:window])); found {
				b.Fatal("a cut")
			}
		}
	})
	b.Run("lanes", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, found := t.search(data); found {
				b.Fatal("a cut")
			}
		}
	})
}

// Files as a backup cuts them. The search of random data skips a third of it, the
// minimum; zeros are cut as soon as they are looked at.
func BenchmarkCut(b *testing.B) {
	t := NewTables(published)
	for _, bb := range []struct {
		name string
		data []byte
	}{
		{"random", noise(32<<20, 1)},
		{"zero", make([]byte, 32<<20)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.data)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := bb.data; len(rest) > 0; {
					n, _ := t.Cut(rest, true)
					rest = rest[n:]
				}
			}
		})
	}
}

func BenchmarkNewTables(b *testing.B) {
	for b.Loop() {
		NewTables(published)
	}
}

// uncut is noise in which every place that would be a cut is disturbed.
func uncut(size int, t *Tables) []byte {
	data := noise(size, 2)
	for {
		at, found := t.searchOn(data, t.fingerprint(data[:window]))
		if !found {
			return data
		}
		data[at+window]++
	}
}
