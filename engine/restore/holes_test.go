package restore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Runs of zeros become holes wherever they begin, and short ones do not.
func TestZerosBecomeHoles(t *testing.T) {
	const kib, mib = 1 << 10, 1 << 20
	rows := []struct {
		size int
		data [][2]int // begin and end
		most int      // what it may take, in KiB
	}{
		{8*mib + 100, [][2]int{{0, 5}, {3*mib + 12345, 3*mib + 12350}}, 1024},
		{200 * kib, [][2]int{{199 * kib, 199*kib + 1}}, 128},
		{4 * mib, [][2]int{{0, 1}}, 1024},
		{4*mib + 1, nil, 0},
		{mib, [][2]int{{0, 100 * kib}, {168 * kib, mib}}, mib/kib - 60},
		{mib, [][2]int{{0, 250 * kib}, {250*kib + 70*kib, mib}}, mib/kib - 60}, // over the end of a buffer
		{mib, [][2]int{{0, 250 * kib}, {250*kib + 60*kib, mib}}, mib/kib + 8},  // too short
		{64 * kib, nil, 0},
		{64*kib - 1, nil, 64},
	}
	target := t.TempDir() + "/new"
	var items []item
	for i, row := range rows {
		b := make([]byte, row.size)
		for _, d := range row.data {
			for j := d[0]; j < d[1]; j++ {
				b[j] = byte(j%255) + 1
			}
		}
		items = append(items, file(fmt.Sprint(i), string(b)))
	}
	if _, failed := restoreAll(t, target, Options{}, items...); len(failed) > 0 {
		t.Fatal(failed)
	}
	for i, row := range rows {
		path := fmt.Sprintf("%s/%d", target, i)
		if got, err := os.ReadFile(path); err != nil || string(got) != items[i].content {
			t.Errorf("%d: the content is another: %v", i, err)
		}
		var st unix.Stat_t
		must(t, unix.Stat(path, &st))
		if st.Blocks/2 > int64(row.most) {
			t.Errorf("%d: takes %d KiB, want at most %d", i, st.Blocks/2, row.most)
		}
	}
}

// Any mix of zeros and data comes back, in pieces of any length.
func TestHolesOfAnyKind(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var want []byte
		for range random.IntN(12) {
			piece := make([]byte, random.IntN(150<<10))
			if random.IntN(2) == 0 {
				for i := range piece {
					piece[i] = byte(random.Uint32()) & 1
				}
			}
			want = append(want, piece...)
		}
		f, err := os.CreateTemp(t.TempDir(), "")
		must(t, err)
		o := &output{w: &Writer{options: Options{write: unix.Pwrite}}, fd: int(f.Fd())}
		for p := want; len(p) > 0; {
			n := min(len(p), blockSize*(1+random.IntN(100)))
			must(t, o.write(p[:n]))
			p = p[n:]
		}
		must(t, o.end())
		got, err := os.ReadFile(f.Name())
		must(t, err)
		if !bytes.Equal(got, want) || o.off != int64(len(want)) {
			t.Fatalf("got %d bytes, want %d", len(got), len(want))
		}
		must(t, f.Close())
	}
}
