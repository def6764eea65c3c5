package manifest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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
