package source

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestMountPointOfNothing(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	write(t, root+"/full/file", "x")
	must(t, os.Mkdir(root+"/empty", 0o755))
	fstab := func(name string) []wantedMount { return []wantedMount{{point: root + "/" + name}} }
	rows := []struct {
		name   string
		root   string
		mounts fakeMounts
		want   error
	}{
		{"empty and unknown", "empty", fakeMounts{}, nil},
		{"empty, in fstab, not mounted", "empty", fakeMounts{table: fstab("empty")}, ErrNotMounted},
		{"empty, in fstab, mounted", "empty", fakeMounts{fstab("empty"), []string{root + "/empty"}}, nil},
		{"full, in fstab, not mounted", "full", fakeMounts{table: fstab("full")}, nil},
		{"missing", "gone", fakeMounts{}, ErrMissing},
		{"missing below a drive that is not mounted", "gone/deep", fakeMounts{table: fstab("gone")}, ErrNotMounted},
		{"missing below a drive that is mounted", "gone/deep", fakeMounts{fstab("gone"), []string{root + "/gone"}}, ErrMissing},
		{"below the root", "", fakeMounts{table: fstab("empty")}, ErrNotMounted},
		{"below the root, by hand", "", fakeMounts{table: []wantedMount{{root + "/empty", true}}}, nil},
		{"below the root, mounted", "", fakeMounts{fstab("empty"), []string{root + "/empty"}}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := walkError(t, filepath.Join(root, row.root), Options{mounts: row.mounts}); !errors.Is(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
	one := Options{mounts: fakeMounts{table: fstab("empty")}, OneFileSystem: true}
	if got := walkError(t, root, one); got != nil {
		t.Errorf("on one file system: got %v, want nil", got)
	}
}

func walkError(t *testing.T, root string, o Options) error {
	t.Helper()
	tree, err := Open(root, o)
	if err != nil {
		return err
	}
	defer tree.Close()
	for _, err := range tree.Walk(t.Context()) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestMissingOnAPluggedOutDrive(t *testing.T) {
	rows := []struct {
		path    string
		mounted []string
		want    bool
	}{
		{"/media/me/Stick/photos", nil, true},
		{"/media/me/Stick/photos", []string{"/media/me/Stick"}, false},
		{"/run/media/me/Stick", nil, true},
		{"/mnt/disk/a/b", []string{"/mnt/other"}, true},
		{"/mnt/disk/a/b", []string{"/mnt/disk"}, false},
		{"/Volumes/Disk/a", nil, true},
		{"/home/me/photos", nil, false},
		{"/mediathek/a", nil, false},
	}
	for _, row := range rows {
		if got := onMissingDrive(row.path, fakeMounts{now: row.mounted}); got != row.want {
			t.Errorf("%s with %q mounted: got %v, want %v", row.path, row.mounted, got, row.want)
		}
	}
}

func TestDrivePlaces(t *testing.T) {
	rows := map[string][]string{
		"/media/me/Stick/photos": {"/media/me", "/media/me/Stick"},
		"/mnt/disk/photos":       {"/mnt/disk"},
		"/mnt":                   nil,
		"/home/me":               nil,
	}
	for path, want := range rows {
		if got := drivePlaces(path); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

const fstabSample = `# a comment
UUID=1 / ext4 errors=remount-ro 0 1
UUID=2 none swap sw 0 0
/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0
UUID=3 /srv/my\040disk ext4 nofail
broken line
`

const mountInfoSample = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /srv/my\040disk rw - ext4 /dev/sdb1 rw
31 22 0:27 / /net rw shared:9 - autofs systemd-1 rw
short line
`

func TestParseTables(t *testing.T) {
	want := []wantedMount{{"/", false}, {"/media/cdrom0", true}, {"/srv/my disk", false}}
	if got := parseFstab([]byte(fstabSample)); !reflect.DeepEqual(got, want) {
		t.Errorf("fstab: got %v, want %v", got, want)
	}
	if got, want := parseMountInfo([]byte(mountInfoSample)), []string{"/", "/srv/my disk"}; !slices.Equal(got, want) {
		t.Errorf("mountinfo: got %q, want %q", got, want)
	}
}

func FuzzMountTables(f *testing.F) {
	f.Add([]byte(fstabSample))
	f.Add([]byte(mountInfoSample))
	f.Add([]byte(`x /\777\04 y`))
	f.Fuzz(func(t *testing.T, table []byte) {
		for _, w := range parseFstab(table) {
			if !strings.HasPrefix(w.point, "/") {
				t.Errorf("got %q, want an absolute path", w.point)
			}
		}
		parseMountInfo(table)
	})
}
