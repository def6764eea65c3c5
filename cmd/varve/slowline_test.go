package main_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// The line of BenchmarkSlowLine: what it carries, in bytes a second, and how
// long an answer takes at least.
const (
	lineSpeed   = 2_000_000
	lineJourney = 100 * time.Millisecond
)

// How much of a slow line a first backup fills, from the start of the program
// to its end. The content does not compress.
func BenchmarkSlowLine(b *testing.B) {
	for _, format := range formats {
		b.Run(format, func(b *testing.B) { fillLine(b, format) })
	}
}

func fillLine(b *testing.B, format string) {
	const files, size = 72, 5 << 20
	w := newWorld(b)
	s := servers.SSH(b, servers.SSHOptions{})
	line := link.New(b, fmt.Sprintf("127.0.0.1:%d", s.Port), link.Options{Latency: lineJourney / 2, BytesPerSecond: lineSpeed})
	w.knows(s, line.Port())
	for i := range files {
		w.write(fmt.Sprint("file", i), noise(uint64(i), size))
	}
	args := append(keyOption(s), "--format", format, w.path("src"))
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		w.must(w.varve(append(args, fmt.Sprintf("sftp://%s@%s/%s-%d", s.User, line.Addr, format, n))...))
		b.ReportMetric(100*files*size/time.Since(begun).Seconds()/lineSpeed, "%filled")
	}
}
