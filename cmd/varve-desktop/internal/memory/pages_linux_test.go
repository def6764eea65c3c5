package memory

import (
	"os"
	"strings"
	"testing"
)

const smaps = `00403000-02472000 r-xp 00003000 fe:00 131 /opt/a program/varve
Size:              33212 kB
Private_Dirty:         0 kB
Anonymous:             0 kB
04832000-04835000 r--p 04432000 fe:00 131 /opt/a program/varve
Private_Dirty:         4 kB
Anonymous:             4 kB
7f00-7f10 rw-p 00000000 00:00 0 
Swap:                  8 kB
VmFlags: rd wr mr mw me ac
`

func TestMappings(t *testing.T) {
	all, err := mappings(strings.NewReader(smaps))
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping{
		{0x403000, 0x2472000, "r-xp", "/opt/a program/varve", 0},
		{0x4832000, 0x4835000, "r--p", "/opt/a program/varve", 4},
		{0x7f00, 0x7f10, "rw-p", "", 8},
	}
	if len(all) != len(want) {
		t.Fatalf("got %+v", all)
	}
	for i, m := range all {
		if m != want[i] {
			t.Errorf("got %+v, want %+v", m, want[i])
		}
	}
}

// table is constant, and too large to be in use by chance.
var table = strings.Repeat("varve", 1)

// The program goes on after it let go of itself, and uses less.
func TestRest(t *testing.T) {
	before := resident(t)
	if err := rest(true); err != nil {
		t.Fatal(err)
	}
	after := resident(t)
	if after >= before {
		t.Errorf("the program's own pages were %d KiB, and are %d KiB", before, after)
	}
	if table != "varve" {
		t.Error("what the program holds is lost")
	}
}

// resident is how much of the program's own file is in its memory, in KiB.
func resident(t *testing.T) (kib int64) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	// Rss is told as what is dirty is: the parser sums the lines by name.
	all, err := mappings(strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(string(b), "Anonymous:", "Left:"), "Rss:", "Anonymous:")))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if m.path == self && !strings.Contains(m.perms, "w") {
			kib += m.own
		}
	}
	return kib
}

func FuzzMappings(f *testing.F) {
	f.Add(smaps)
	f.Add("a-b c d e f g\nAnonymous: x kB\n")
	f.Fuzz(func(t *testing.T, s string) {
		all, err := mappings(strings.NewReader(s))
		for _, m := range all {
			if err == nil && m.to < m.from {
				t.Errorf("%+v ends before it begins", m)
			}
		}
	})
}
