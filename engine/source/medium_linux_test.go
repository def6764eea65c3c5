package source

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRotational(t *testing.T) {
	sys := t.TempDir()
	disk := filepath.Join(sys, "devices/disk")
	for path, content := range map[string]string{"turning/queue/rotational": "1\n", "turning/part1/size": "5\n", "still/queue/rotational": "0\n"} {
		p := filepath.Join(disk, path)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(sys, "dev/block"), 0o700); err != nil {
		t.Fatal(err)
	}
	for number, target := range map[string]string{"8:0": "turning", "8:1": "turning/part1", "9:0": "still"} {
		if err := os.Symlink(filepath.Join(disk, target), filepath.Join(sys, "dev/block", number)); err != nil {
			t.Fatal(err)
		}
	}
	for device, want := range map[uint64]bool{unix.Mkdev(8, 0): true, unix.Mkdev(8, 1): true, unix.Mkdev(9, 0): false, unix.Mkdev(10, 0): false} {
		if got := rotationalIn(sys, device); got != want {
			t.Errorf("device %d:%d: rotational is %v", unix.Major(device), unix.Minor(device), got)
		}
	}
}

func TestMedium(t *testing.T) {
	if n := SolidState.Workers(); n < 2 || n > 4 || Rotational.Workers() != n || Network.Workers() <= 4 {
		t.Errorf("%d, %d and %d workers", n, Rotational.Workers(), Network.Workers())
	}
	tree, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	if m := tree.Medium(); m == Network {
		t.Error("a local folder is on the network")
	}
}
