package chunker

import "testing"

// The bytes tested for a cut in each second: data without cuts, so that no
// minimum is skipped.
func BenchmarkSearch(b *testing.B) {
	data := uncut(4<<20, NewTables(published))
	t := NewTables(published)
	b.Run("definition", func(b *testing.B) {
		part := plain(MinSize + 1<<20)
		b.SetBytes(1 << 20)
		var leaving [256]Polynomial
		for b.Loop() {
			definedCut(part, published, &leaving)
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

// BenchmarkCut cuts a file of random bytes, as a backup does.
func BenchmarkCut(b *testing.B) {
	data := noise(32<<20, 1)
	t := NewTables(published)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		for rest := data; len(rest) > 0; {
			n, _ := t.Cut(rest, true)
			rest = rest[n:]
		}
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
