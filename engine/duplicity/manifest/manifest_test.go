package manifest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// quote.tsv holds what duplicity's own quoting gave.
func TestQuoteAgreesWithDuplicity(t *testing.T) {
	b, err := os.ReadFile("../testdata/quote.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(b)) {
		raw, quoted, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		rows++
		path, want := unhex(t, raw), unhex(t, quoted)
		if got := quote(path); got != want {
			t.Errorf("quote(%q) = %q, want %q", path, got, want)
		}
		if got, err := unquote(want); got != path || err != nil {
			t.Errorf("unquote(%q) = %q, %v, want %q", want, got, err, path)
		}
	}
	if rows < 10 {
		t.Fatalf("only %d rows", rows)
	}
}

func unhex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What duplicity wrote is written again, byte for byte.
func TestRewriteManifestsOfDuplicity(t *testing.T) {
	paths, err := filepath.Glob("../testdata/*/repo/*.manifest")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d manifests, %v", len(paths), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if strings.Contains(path, "/restarted") {
			continue // blocks that count no more are not written again
		}
		var out bytes.Buffer
		if err := WriteHeader(&out, m.Hostname, m.Localdir); err != nil {
			t.Fatal(err)
		}
		for _, v := range m.Volumes {
			if err := WriteVolume(&out, v); err != nil {
				t.Fatal(err)
			}
		}
		head, _, _ := strings.Cut(string(b), "Filelist")
		if out.String() != head {
			t.Errorf("%s:\n%s\nis written as\n%s", path, head, out.String())
		}
	}
}

func TestRepeatedBlocks(t *testing.T) {
	for _, row := range []struct {
		name    string
		written []int
		want    []int
	}{
		{"in order", []int{1, 2, 3}, []int{1, 2, 3}},
		{"taken up", []int{1, 2, 3, 3, 4, 5}, []int{1, 2, 3, 4, 5}},
		{"two volumes were lost", []int{1, 2, 3, 4, 2, 3, 4, 5}, []int{1, 2, 3, 4, 5}},
		{"the source shrank", []int{1, 2, 3, 4, 2}, []int{1, 2}},
		{"replicated", []int{3, 1, 2}, []int{1, 2, 3}},
		{"taken up after disorder", []int{3, 1, 2, 5, 4, 2, 3}, []int{1, 2, 3}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var b strings.Builder
			for i, n := range row.written {
				fmt.Fprintf(&b, "Volume %d:\n    startingpath a %d\n    EndingPath b  \n    Hash sha1 %040x\n", n, i, i)
			}
			m, err := Read(strings.NewReader(b.String()))
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, v := range m.Volumes {
				got = append(got, v.Number)
			}
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

// Any order of blocks gives what the rule gives when it is followed to the
// letter, one block after the other.
func TestBlocksInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var text strings.Builder
		var want []int
		for range random.IntN(30) {
			n := 1 + random.IntN(12)
			fmt.Fprintf(&text, "Volume %d:\n    StartingPath a  \n    EndingPath b  \n    Hash SHA1 %040x\n", n, n)
			if slices.Contains(want, n) {
				want = slices.DeleteFunc(want, func(o int) bool { return o >= n })
			}
			want = append(want, n)
		}
		slices.Sort(want)
		m, err := Read(strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, v := range m.Volumes {
			got = append(got, v.Number)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v of\n%s", got, want, text.String())
		}
	}
}

// The last of the blocks with one number counts.
func TestRepeatedBlockReplaces(t *testing.T) {
	var b strings.Builder
	for i, n := range []int{1, 2, 3, 2} {
		fmt.Fprintf(&b, "Volume %d:\n    StartingPath a%d  \n    EndingPath b  \n    Hash SHA1 %040x\n", n, i, i)
	}
	m, err := Read(strings.NewReader(b.String()))
	if err != nil || len(m.Volumes) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	if got := m.Volumes[1]; got.Start.Path != "a3" || got.SHA1[19] != 3 {
		t.Errorf("got %+v", got)
	}
}

// A few megabytes of blocks in the worst order once took half a minute.
func TestDisorderIsNotSlow(t *testing.T) {
	const count = 40000
	read := func(number func(i int) int) {
		t.Helper()
		var b bytes.Buffer
		for i := range count {
			fmt.Fprintf(&b, "Volume %d:\n StartingPath a\n EndingPath b\n Hash SHA1 %040x\n", number(i), i)
		}
		began := time.Now()
		m, err := Read(&b)
		if err != nil || len(m.Volumes) == 0 {
			t.Fatalf("%v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%d volumes took %v", count, took)
		}
	}
	read(func(i int) int { return count - i })
	read(func(i int) int { return min(i, count/2) + 1 })
	read(func(i int) int { return count + (i%2)*i - (1-i%2)*i })
}

// Only the spaces of ASCII are quoted, so only they may be taken off.
func TestNamesKeepSpacesOfUnicode(t *testing.T) {
	for _, dir := range []string{"/home/x\u3000", "/home/x\u00a0", "/home/\u0085", "/home/x\x1c"} {
		var b strings.Builder
		if err := WriteHeader(&b, "host", dir); err != nil {
			t.Fatal(err)
		}
		if m, err := Read(strings.NewReader(b.String())); err != nil || m.Localdir != dir {
			t.Errorf("%q is read as %+v, %v", dir, m, err)
		}
	}
}

// A file with a name of any length must not cost the volumes.
func TestEndlessNameInList(t *testing.T) {
	text := "Filelist 2\n    new      " + strings.Repeat("x", 3*maxLine) + "\n    new      y\n" +
		"Volume 1:\n    StartingPath .  \n    EndingPath b  \n    Hash SHA1 " + strings.Repeat("0", 40)
	m, err := Read(strings.NewReader(text))
	if err != nil || len(m.Volumes) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	text := "Hostname h\nFilelist 1\n    new      " + strings.Repeat("x", 3*maxLine)
	broken := fmt.Errorf("connection lost: %w", io.EOF)
	for _, cut := range []int{0, 5, 30, len(text)} {
		r := io.MultiReader(strings.NewReader(text[:cut]), iotest.ErrReader(broken))
		if m, err := Read(r); !errors.Is(err, broken) || errors.Is(err, ErrFormat) {
			t.Errorf("after %d bytes: %+v, %v", cut, m, err)
		}
	}
}

func TestTolerated(t *testing.T) {
	const text = "Filelist 1\n    new      x\nVARVE-extra y\nVolume 01:\r\n\tSTARTINGPATH \"a\\x20b\"\r\n    endingpath c 12\r\n" +
		"    Hash SHA256 " + "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n    Hash MD5 00112233445566778899aabbccddeeff\n    Hash WHIRL 00\n"
	m, err := Read(strings.NewReader(text))
	if err != nil || len(m.Volumes) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	v := m.Volumes[0]
	if v.Start != (Position{"a b", -1}) || v.End != (Position{"c", 12}) || len(v.MD5) != 16 || len(v.SHA256) != 32 {
		t.Errorf("got %+v", v)
	}
}

func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no hash":        "Volume 1:\n    StartingPath a\n    EndingPath b\n",
		"only SHA-256":   "Volume 1:\n    StartingPath a\n    EndingPath b\n    Hash SHA256 " + strings.Repeat("0", 64) + "\n",
		"cut":            "Volume 1:\n    StartingPath a\n",
		"volume 0":       "Volume 0:\n",
		"hash of 19":     "Volume 1:\n    StartingPath a\n    EndingPath b\n    Hash SHA1 " + strings.Repeat("0", 38) + "\n",
		"open quote":     "Volume 1:\n    StartingPath \"a\n",
		"endless line":   strings.Repeat("x", maxLine+1),
		"bad chunk":      "Volume 1:\n    StartingPath a -3\n",
		"bad escape":     "Volume 1:\n    StartingPath \"a\\y20\"\n",
		"localdir quote": "Localdir \"a\n",
		"endless path":   "Volume 1:\n    StartingPath " + strings.Repeat("x", maxLine),
	} {
		if m, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s: read as %+v", name, m)
		}
	}
}

// The rows are the rule of section 3.2 worked out by hand.
func TestMayHold(t *testing.T) {
	v := Volume{Start: Position{"b/c/d", 3}, End: Position{"m", -1}}
	for path, want := range map[string]bool{
		"": true, "a": false, "b": true, "b/a": false, "b/c": true, "b/c/d": true, "b/c/c": false, "b/c/d/e": true,
		"m": true, "m/x": false, "m x": false, "n": false, "b c": true,
	} {
		if got := v.MayHold(path); got != want {
			t.Errorf("MayHold(%q) = %v", path, got)
		}
	}
}

func TestPositionKeepsBytesInJSON(t *testing.T) {
	want := Position{"a\xff\xfe\n", 7}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Position
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestListLine(t *testing.T) {
	var b strings.Builder
	for _, c := range []Change{New, Changed, Deleted} {
		n, err := WriteListLine(&b, c, "a b")
		if err != nil || n != len("    new      \"a\\x20b\"\n") {
			t.Errorf("%v: %d, %v", c, n, err)
		}
	}
	want := "    new      \"a\\x20b\"\n    changed  \"a\\x20b\"\n    deleted  \"a\\x20b\"\n"
	if b.String() != want {
		t.Errorf("got %q", b.String())
	}
}

func FuzzRead(f *testing.F) {
	paths, _ := filepath.Glob("../testdata/*/repo/*.manifest")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 2000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out bytes.Buffer
		for i, v := range m.Volumes {
			if i > 0 && m.Volumes[i-1].Number >= v.Number {
				t.Fatalf("volumes are not ascending: %+v", m.Volumes)
			}
			v.MayHold("a/b")
			if len(v.SHA1) > 0 {
				if err := WriteVolume(&out, v); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := Read(&out); err != nil {
			t.Fatalf("what was written does not read: %v", err)
		}
	})
}

// BenchmarkReadList is a manifest of 100000 files.
func BenchmarkReadList(b *testing.B) {
	var text bytes.Buffer
	for i := range 100000 {
		if _, err := WriteListLine(&text, New, fmt.Sprintf("dir/sub/file%d", i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(text.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
