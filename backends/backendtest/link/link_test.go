package link_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// echo is a server that sends back what it gets.
func echo(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				_, _ = io.Copy(c, c) // ends with the client
				_ = c.(*net.TCPConn).CloseWrite()
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		running.Wait()
	})
	return listener.Addr().String()
}

// patience is how long a byte may take that nothing holds up.
const patience = time.Minute

// dial connects. Nothing of a test waits longer than patience.
func dial(t testing.TB, l *link.Link) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// there sends content to the echo and back, and returns how long that took.
func there(t testing.TB, c *net.TCPConn, size int) time.Duration {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content) // never fails
	began := time.Now()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		if _, err := c.Write(content); err != nil {
			t.Errorf("writing: %v", err)
		}
	})
	got := make([]byte, size)
	if _, err := io.ReadFull(c, got); err != nil {
		t.Errorf("reading: %v", err)
	} else if !bytes.Equal(got, content) {
		t.Error("other bytes came back")
	}
	return time.Since(began)
}

// fastest is the shortest of some journeys there and back: what else goes on in a
// machine makes some of them longer.
func fastest(t testing.TB, c *net.TCPConn, size int) time.Duration {
	t.Helper()
	took := there(t, c, size)
	for range 4 {
		took = min(took, there(t, c, size))
	}
	return took
}

func TestGood(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	var all sync.WaitGroup
	for range 3 {
		c := dial(t, l)
		all.Go(func() {
			there(t, c, 3<<20)
			if err := c.CloseWrite(); err != nil {
				t.Error(err)
			}
			if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %d bytes, %v", n, err)
			}
		})
	}
	all.Wait()
}

func TestLatency(t *testing.T) {
	const latency = 30 * time.Millisecond
	l := link.New(t, echo(t), link.Options{Latency: latency})
	c := dial(t, l)
	if took := there(t, c, 1); took < 4*latency {
		t.Errorf("the first byte was back after %v, which is less than two journeys", took)
	}
	if took := fastest(t, c, 1); took < 2*latency || took > 20*latency {
		t.Errorf("a byte was back after %v, with %v each way", took, latency)
	}
	// Latency is not bandwidth: much is under way at once.
	if took := fastest(t, c, 4<<20); took > 40*latency {
		t.Errorf("4 MiB were back after %v", took)
	}
}

func TestBandwidth(t *testing.T) {
	l := link.New(t, echo(t), link.Options{BytesPerSecond: 4 << 20})
	began := time.Now()
	var all sync.WaitGroup
	for range 2 { // they share it
		c := dial(t, l)
		all.Go(func() { there(t, c, 1<<20) })
	}
	all.Wait()
	if took := time.Since(began); took < 450*time.Millisecond || took > 20*time.Second {
		t.Errorf("2 MiB at 4 MiB/s took %v", took)
	}
}

func TestCut(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	c := dial(t, l)
	there(t, c, 10)
	l.Cut()
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %d bytes, %v, want a reset", n, err)
	}
	there(t, dial(t, l), 10)
}

func TestCutAfter(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	l.CutAfter(1 << 20)
	c := dial(t, l)
	var sending sync.WaitGroup
	var werr error // the system tells of a reset once: here or there
	sending.Go(func() { _, werr = c.Write(make([]byte, 8<<20)) })
	n, err := io.Copy(io.Discard, c)
	if sending.Wait(); !errors.Is(errors.Join(err, werr), syscall.ECONNRESET) && !errors.Is(werr, syscall.EPIPE) || n > 1<<20 {
		t.Errorf("%d bytes came back, %v, %v", n, err, werr)
	}
	there(t, dial(t, l), 2<<20) // once
}

func TestStall(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	c := dial(t, l)
	there(t, c, 10)
	l.Stall()
	late := dial(t, l) // takes connections
	for _, c := range []*net.TCPConn{c, late} {
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d bytes, %v", n, err)
		}
	}
	l.Resume()
	for _, c := range []*net.TCPConn{c, late} {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
	}
	l.Stall() // what stands still at the end is ended all the same
}

func TestStallAfter(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	c := dial(t, l)
	there(t, c, 10)
	l.StallAfter(2) // there, and back
	there(t, c, 1)
	if _, err := c.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d bytes, %v", n, err)
	}
	l.Resume()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
	there(t, c, 10) // once is enough
}

func TestRefuse(t *testing.T) {
	l := link.New(t, echo(t), link.Options{})
	c := dial(t, l)
	there(t, c, 10)
	l.Refuse()
	if c, err := net.Dial("tcp", l.Addr); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, %v, want a refusal", c, err)
	}
	there(t, c, 10)
	if err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	there(t, dial(t, l), 10)
}

// A server that is not there shows as a connection that breaks.
func TestNoServer(t *testing.T) {
	nobody := fmt.Sprintf("127.0.0.1:%d", servers.FreePort(t))
	c, err := net.Dial("tcp", link.New(t, nobody, link.Options{}).Addr)
	if err != nil {
		return // it broke at once
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

func BenchmarkLink(b *testing.B) {
	c := dial(b, link.New(b, echo(b), link.Options{}))
	if err := c.SetDeadline(time.Time{}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(2 << 20)
	for b.Loop() {
		there(b, c, 1<<20)
	}
}
