package sftp_test

import (
	"io"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/link"
)

// BenchmarkLink moves 64 MiB over a link of 2 MB/s whose answers take 100 ms,
// and over loopback as it is.
func BenchmarkLink(b *testing.B) {
	big := content(64 << 20)
	for name, o := range map[string]link.Options{"far": {Latency: 50 * time.Millisecond, BytesPerSecond: 2_000_000}, "near": {}} {
		for _, scheme := range []string{"sftp", "fish"} {
			b.Run(name+"/"+scheme, func(b *testing.B) {
				s, _, _ := throughLink(b, scheme, o, nil)
				b.Run("Put", func(b *testing.B) {
					b.SetBytes(int64(len(big)))
					b.ReportAllocs()
					for b.Loop() {
						if err := s.Put(b.Context(), "x", big); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.Run("Get", func(b *testing.B) {
					b.SetBytes(int64(len(big)))
					b.ReportAllocs()
					for b.Loop() {
						r, err := s.Get(b.Context(), "x", 0, -1)
						if err != nil {
							b.Fatal(err)
						}
						if n, err := io.Copy(io.Discard, r); n != int64(len(big)) || err != nil {
							b.Fatal(n, err)
						}
						r.Close()
					}
				})
			})
		}
	}
}

// BenchmarkSmall stores small objects, one after the other and several at once.
func BenchmarkSmall(b *testing.B) {
	s, _, _ := throughLink(b, "sftp", link.Options{Latency: 50 * time.Millisecond}, nil)
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if err := s.Put(b.Context(), "x", backends.BytesSource("small")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
