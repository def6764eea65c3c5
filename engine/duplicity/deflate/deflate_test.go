package deflate

import (
	"bytes"
	stdflate "compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/flate"
	kgzip "github.com/klauspost/compress/gzip"
)

func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3*blockSize+77)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	text := bytes.Repeat([]byte("the quick brown fox jumps over the lazy dog "), 30000)
	return map[string][]byte{
		"empty": nil, "one": {7}, "text": text, "noise": noise,
		"exactly a block": text[:blockSize], "a block and one": text[:blockSize+1],
		"mixed": bytes.Join([][]byte{text[:500000], noise, text[:300001]}, nil),
	}
}

func TestGzipRoundTrip(t *testing.T) {
	for name, want := range samples() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w, err := NewGzipWriter(&out, DefaultLevel)
			if err != nil {
				t.Fatal(err)
			}
			for rest := want; len(rest) > 0; {
				n := min(len(rest), 70001)
				if _, err := w.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if w.Pending() != 0 {
				t.Errorf("%d bytes are pending after Close", w.Pending())
			}
			checkGzip(t, out.Bytes(), want)
		})
	}
}

func checkGzip(t *testing.T, packed, want []byte) {
	t.Helper()
	test := exec.Command("gzip", "-t")
	test.Stdin = bytes.NewReader(packed)
	if message, err := test.CombinedOutput(); err != nil {
		t.Errorf("gzip -t: %v: %s", err, message)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(want), err)
	}
}

func TestRawRoundTrip(t *testing.T) {
	for name, want := range samples() {
		var out bytes.Buffer
		w, err := NewRawWriter(&out, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(stdflate.NewReader(&out))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes came back of %d, %v", name, len(got), len(want), err)
		}
	}
}

func TestEveryLevel(t *testing.T) {
	want := samples()["mixed"]
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		var out bytes.Buffer
		w, err := NewGzipWriter(&out, level)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(want); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		checkGzip(t, out.Bytes(), want)
	}
	if _, err := NewGzipWriter(io.Discard, flate.BestCompression+1); err == nil {
		t.Error("level 10 is accepted")
	}
}

func TestNoiseIsNotBlownUp(t *testing.T) {
	var out bytes.Buffer
	w, _ := NewRawWriter(&out, DefaultLevel)
	noise := samples()["noise"]
	w.Write(noise)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if out.Len() > len(noise)+len(noise)/1000 {
		t.Errorf("%d bytes of noise became %d", len(noise), out.Len())
	}
}

// The bytes are as frequent as in noise.
func TestEvenBytesThatRepeatAreCompressed(t *testing.T) {
	ramp := make([]byte, 2*blockSize)
	for i := range ramp {
		ramp[i] = byte(i)
	}
	page := samples()["noise"][:2048]
	for name, content := range map[string][]byte{"a ramp": ramp, "a page again and again": bytes.Repeat(page, 2*blockSize/len(page))} {
		var out bytes.Buffer
		w, err := NewRawWriter(&out, DefaultLevel)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.Len() > len(content)/2 {
			t.Errorf("%s: %d bytes became %d", name, len(content), out.Len())
		}
	}
}

// A stream without its end must not pass for whole when Close comes again.
func TestFailureOfTheEndIsRemembered(t *testing.T) {
	w, err := NewGzipWriter(&failing{room: 10}, DefaultLevel)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close: %v", err)
		}
	}
}

var errFull = errors.New("full")

// failing takes some bytes and fails then.
type failing struct{ room int }

func (f *failing) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestFailingDestination(t *testing.T) {
	w, err := NewGzipWriter(&failing{room: 1000}, DefaultLevel)
	if err != nil {
		t.Fatal(err)
	}
	noise := samples()["noise"]
	for range 20 {
		if _, err = w.Write(noise); err != nil {
			break
		}
	}
	if !errors.Is(err, errFull) {
		t.Errorf("Write: %v", err)
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
}

func BenchmarkNoise(b *testing.B) {
	noise := bytes.Repeat(samples()["noise"], 10)
	b.SetBytes(int64(len(noise)))
	for b.Loop() {
		w, _ := NewGzipWriter(io.Discard, DefaultLevel)
		w.Write(noise)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOneCore is what the parallel writer is compared with.
func BenchmarkOneCore(b *testing.B) {
	text := bytes.Repeat(samples()["mixed"], 4)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		w, _ := kgzip.NewWriterLevel(io.Discard, DefaultLevel)
		w.Write(text)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGzip(b *testing.B) {
	text := bytes.Repeat(samples()["mixed"], 4)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		w, _ := NewGzipWriter(io.Discard, DefaultLevel)
		w.Write(text)
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
