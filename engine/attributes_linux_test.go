package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/secret"
)

// attribute is a row of docs/attributes.md: how an item gets it, and whether
// it has it. Both take the path of the item, in a folder of its own.
type attribute struct {
	name string
	make func(at string) error
	has  func(at string) bool
	// stored, if set, looks at what is stored, where a restore cannot tell.
	stored func(e *repository.Entry) bool
}

// then is a time with every digit.
var then = time.Unix(1234567890, 123456789)

const flagged = repository.FlagNoDump | repository.FlagNoAccessTime

var attributes = []attribute{
	{name: "content", make: content("some content"), has: hasContent("some content")},
	{
		name: "names that are no UTF-8",
		make: func(at string) error { return os.Mkdir(at+"\xff\n", 0o700) },
		has:  func(at string) bool { _, err := os.Lstat(at + "\xff\n"); return err == nil },
	},
	{
		name: "symbolic links",
		make: func(at string) error { return os.Symlink("no\xffwhere", at) },
		has:  func(at string) bool { target, _ := os.Readlink(at); return target == "no\xffwhere" },
	},
	{
		name: "hard links",
		make: func(at string) error { return errors.Join(content("x")(at), os.Link(at, at+"2")) },
		has:  func(at string) bool { return stat(at).Ino == stat(at+"2").Ino && stat(at).Nlink == 2 },
	},
	{
		name: "pipes",
		make: func(at string) error { return unix.Mkfifo(at, 0o600) },
		has:  func(at string) bool { return stat(at).Mode&unix.S_IFMT == unix.S_IFIFO },
	},
	{
		name: "devices",
		make: func(at string) error {
			return errors.Join(unix.Mknod(at, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))), unix.Mknod(at+"2", unix.S_IFBLK|0o600, int(unix.Mkdev(7, 300))))
		},
		has: func(at string) bool {
			return stat(at).Mode == unix.S_IFCHR|0o600 && stat(at).Rdev == unix.Mkdev(1, 5) &&
				stat(at+"2").Mode == unix.S_IFBLK|0o600 && stat(at+"2").Rdev == unix.Mkdev(7, 300)
		},
	},
	{name: "permissions", make: modes(0o604, 0o750), has: hasModes(0o604, 0o750)},
	{name: "setuid, setgid, sticky", make: modes(0o6711, 0o3755), has: hasModes(0o6711, 0o3755)},
	{
		name: "numbers of user and group",
		make: func(at string) error { return errors.Join(content("x")(at), os.Lchown(at, 12345, 54321)) },
		has:  func(at string) bool { return stat(at).Uid == 12345 && stat(at).Gid == 54321 },
	},
	{
		name:   "names of user and group",
		make:   func(at string) error { return errors.Join(content("x")(at), os.Lchown(at, 0, 0)) },
		has:    func(at string) bool { return stat(at).Uid == 0 && stat(at).Gid == 0 },
		stored: func(e *repository.Entry) bool { return e.User == "root" && e.Group == "root" },
	},
	{
		name: "time of modification, in nanoseconds",
		make: func(at string) error {
			return errors.Join(content("x")(at), os.Chtimes(at, then, then), os.Mkdir(at+"2", 0o700), content("x")(at+"2/file"), os.Chtimes(at+"2", then, then))
		},
		has: func(at string) bool { return hasTime(at) && hasTime(at+"2") },
	},
	{
		name: "time of a symbolic link",
		make: func(at string) error {
			ts := unix.NsecToTimespec(then.UnixNano())
			return errors.Join(os.Symlink("x", at), unix.UtimesNanoAt(unix.AT_FDCWD, at, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW))
		},
		has: hasTime,
	},
	{name: "attributes of users (`user.`)", make: xattrs("user.one", "\x00\xff", "user.empty", ""), has: hasXattrs("user.one", "\x00\xff", "user.empty", "")},
	{
		name: "attributes of root (`trusted.`, `security.`)",
		make: xattrs("trusted.one", "1", "security.varve", "2"), has: hasXattrs("trusted.one", "1", "security.varve", "2"),
	},
	{
		name: "attributes of links, pipes and devices (`trusted.`, `security.`)",
		make: func(at string) error {
			return errors.Join(os.Symlink("x", at), unix.Mkfifo(at+"2", 0o600),
				unix.Lsetxattr(at, "trusted.one", []byte("1"), 0), unix.Lsetxattr(at+"2", "trusted.one", []byte("1"), 0))
		},
		has: func(at string) bool {
			return hasXattrs("trusted.one", "1")(at) && hasXattrs("trusted.one", "1")(at+"2")
		},
	},
	{name: "access lists", make: xattrs("system.posix_acl_access", accessList), has: hasXattrs("system.posix_acl_access", accessList)},
	{
		name: "default access lists of folders",
		make: func(at string) error {
			return errors.Join(os.Mkdir(at, 0o750), unix.Setxattr(at, "system.posix_acl_default", []byte(accessList), 0))
		},
		has: hasXattrs("system.posix_acl_default", accessList),
	},
	{name: "flags (no dump, no access time, …)", make: flags(flagged), has: hasFlags(flagged)},
	{name: "flags that bar changes (immutable, append only)", make: flags(repository.FlagImmutable), has: hasFlags(repository.FlagImmutable)},
	{
		name: "holes",
		make: func(at string) error {
			return errors.Join(content("begin")(at), os.Truncate(at, 3<<20+1))
		},
		has: func(at string) bool { return stat(at).Size == 3<<20+1 && stat(at).Blocks*512 < 1<<20 },
	},
	{
		name: "time of access",
		make: func(at string) error {
			return errors.Join(content("x")(at), os.Chtimes(at, then.Add(time.Hour), then))
		},
		has: func(at string) bool { return time.Unix(stat(at).Atim.Unix()).Equal(then.Add(time.Hour)) },
	},
	{
		name: "time of creation",
		make: content("x"),
		has:  func(at string) bool { return created(at).Equal(creation) },
	},
	{
		name: "sockets",
		make: func(at string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: at, Net: "unix"})
			if err == nil {
				l.SetUnlinkOnClose(false)
				err = l.Close()
			}
			return err
		},
		has: func(at string) bool { _, err := os.Lstat(at); return err == nil },
	},
}

// creation is far from now.
var creation = time.Unix(1000000000, 0)

// accessList is one in the bytes of the kernel: version 2, and entries of tag,
// permissions and number.
var accessList = string(appendACL(nil, 1, 6, -1, 2, 5, 12345, 4, 4, -1, 16, 5, -1, 32, 0, -1))

func appendACL(b []byte, numbers ...int) []byte {
	b = binary.LittleEndian.AppendUint32(b, 2)
	for i := 0; i < len(numbers); i += 3 {
		b = binary.LittleEndian.AppendUint16(b, uint16(numbers[i]))
		b = binary.LittleEndian.AppendUint16(b, uint16(numbers[i+1]))
		b = binary.LittleEndian.AppendUint32(b, uint32(numbers[i+2]))
	}
	return b
}

func stat(path string) *unix.Stat_t {
	var st unix.Stat_t
	_ = unix.Lstat(path, &st) // what is not there has nothing
	return &st
}

func created(path string) time.Time {
	var st unix.Statx_t
	_ = unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME, &st) // what is unknown is zero
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
}

func hasTime(path string) bool { return time.Unix(stat(path).Mtim.Unix()).Equal(then) }

func content(s string) func(string) error {
	return func(at string) error { return os.WriteFile(at, []byte(s), 0o640) }
}

func hasContent(s string) func(string) bool {
	return func(at string) bool { b, err := os.ReadFile(at); return err == nil && string(b) == s }
}

func modes(file, dir uint32) func(string) error {
	return func(at string) error {
		return errors.Join(content("x")(at), unix.Chmod(at, file), os.Mkdir(at+"2", 0o700), unix.Chmod(at+"2", dir))
	}
}

func hasModes(file, dir uint32) func(string) bool {
	return func(at string) bool { return stat(at).Mode&0o7777 == file && stat(at+"2").Mode&0o7777 == dir }
}

func xattrs(pairs ...string) func(string) error {
	return func(at string) error {
		err := content("x")(at)
		for i := 0; i < len(pairs); i += 2 {
			err = errors.Join(err, unix.Setxattr(at, pairs[i], []byte(pairs[i+1]), 0))
		}
		return err
	}
}

func hasXattrs(pairs ...string) func(string) bool {
	return func(at string) bool {
		for i := 0; i < len(pairs); i += 2 {
			b := make([]byte, 200)
			n, err := unix.Lgetxattr(at, pairs[i], b)
			if err != nil || string(b[:n]) != pairs[i+1] {
				return false
			}
		}
		return true
	}
}

// flags gives a file and a folder flags.
func flags(f repository.Flags) func(string) error {
	return func(at string) error {
		return errors.Join(content("x")(at), os.Mkdir(at+"2", 0o750), setFlags(at, f), setFlags(at+"2", f))
	}
}

func setFlags(path string, f repository.Flags) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	is, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, int(is&^uint32(repository.KeptFlags)|uint32(f)))
	}
	return err
}

func hasFlags(f repository.Flags) func(string) bool {
	return func(at string) bool { return flagsAt(at) == f && flagsAt(at+"2") == f }
}

func flagsAt(path string) repository.Flags {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	is, err := unix.IoctlGetUint32(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return 0
	}
	return repository.Flags(is) & repository.KeptFlags
}

// itemAt is where the item of a row is below a root.
func itemAt(root string, row int) string {
	return filepath.Join(root, fmt.Sprintf("%02d", row), "item")
}

// promises are the cells of the table: by row, for each format and for a user.
func promises(t *testing.T) map[string][3]bool {
	t.Helper()
	text, err := os.ReadFile("../docs/attributes.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][3]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || cells[1] == "---" || strings.Contains(cells[0], "attribute ") || strings.TrimSpace(cells[0]) == "attribute" {
			continue
		}
		var kept [3]bool
		for i, cell := range cells[1:] {
			word, _, _ := strings.Cut(strings.TrimSpace(cell), ":")
			if kept[i] = word == "yes"; word != "yes" && word != "no" {
				t.Errorf("%q is neither yes nor no", cell)
			}
		}
		found[strings.TrimSpace(cells[0])] = kept
	}
	return found
}

// userOf is where the test that runs as root puts an archive for one that does
// not.
const userOf = "VARVE_TEST_ATTRIBUTES"

// TestAttributes holds docs/attributes.md against what comes back: of both
// formats, and for root and an ordinary user.
func TestAttributes(t *testing.T) {
	if place := os.Getenv(userOf); place != "" {
		asUser(t, place)
		return
	}
	kept := promises(t)
	if len(kept) != len(attributes) {
		t.Errorf("the table has %d rows, and %d are tested", len(kept), len(attributes))
	}
	// Short, for the names of sockets are.
	place, err := os.MkdirTemp("", "va")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remove(t, place) })
	source := filepath.Join(place, "src")
	made := makeAll(t, source)
	for format := range 2 {
		t.Run([]string{"restic", "duplicity"}[format], func(t *testing.T) {
			d := destinationIn(place, format)
			run(t, newEngine(t).Backup(engine.BackupPlan{Destination: d, Root: source, SourceName: "/src"}))
			target := filepath.Join(place, "back"+fmt.Sprint(format))
			run(t, newEngine(t).Restore(engine.RestorePlan{Destination: d, Target: target}))
			for i, row := range attributes {
				p, ok := kept[row.name]
				if !ok {
					t.Errorf("the table has no row %q", row.name)
				}
				want := p[format] && (p[2] || os.Geteuid() == 0)
				if made[i] && row.has(itemAt(target, i)) != want {
					t.Errorf("%s: the table says %v", row.name, want)
				}
			}
			checkStored(t, d, made)
			if os.Geteuid() == 0 {
				restoreAsUser(t, place, d, made)
			}
		})
	}
}

// makeAll makes an item for each row, and tells which file system and user let
// it make.
func makeAll(t *testing.T, root string) []bool {
	t.Helper()
	made := make([]bool, len(attributes))
	for i, row := range attributes {
		at := itemAt(root, i)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		err := row.make(at)
		if made[i] = err == nil; !made[i] && (os.Geteuid() == 0 || !errors.Is(err, os.ErrPermission)) {
			t.Logf("%s: not here: %v", row.name, err)
		}
	}
	return made
}

// destinationIn is an archive of the first or the second format.
func destinationIn(place string, format int) engine.Destination {
	return engine.Destination{
		URL:        "file://" + filepath.Join(place, "repo"+fmt.Sprint(format)),
		Format:     []engine.Format{engine.Deduplicated, engine.Volumes}[format],
		Encryption: engine.Encryption{Passphrase: secret.New("varve-fixture")},
	}
}

// run runs a job that may warn.
func run(t *testing.T, j *engine.Job) {
	t.Helper()
	if err := j.Run(t.Context(), func(e engine.Event) {
		if p, ok := e.(engine.FileProblem); ok {
			t.Logf("%q: %v", p.Path, p.Err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}

// checkStored looks at what a restore cannot tell.
func checkStored(t *testing.T, d engine.Destination, made []bool) {
	t.Helper()
	tree, err := newEngine(t).Browse(t.Context(), d, engine.Moment{})
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for e, err := range tree.Walk(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(attributes, func(a attribute) bool { return a.stored != nil })
		if made[i] && e.Path == itemAt("", i) && !attributes[i].stored(&e) {
			t.Errorf("%s: got %+v", attributes[i].name, e)
		}
	}
}

// restoreAsUser runs this test as an ordinary user.
func restoreAsUser(t *testing.T, place string, d engine.Destination, made []bool) {
	t.Helper()
	self := filepath.Join(place, "test")
	if err := errors.Join(copyFile(os.Args[0], self), os.Chmod(place, 0o755), os.Chmod(self, 0o755)); err != nil {
		t.Fatal(err)
	}
	repo := strings.TrimPrefix(d.URL, "file://")
	user := filepath.Join(place, "user"+filepath.Base(repo))
	if err := errors.Join(os.Mkdir(user, 0o700), os.Chown(user, 65534, 65534), openUp(repo)); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../docs/attributes.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(place, "docs"), 0o755), os.MkdirAll(filepath.Join(place, "engine"), 0o755),
		os.WriteFile(filepath.Join(place, "docs", "attributes.md"), table, 0o644)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestAttributes$", "-test.v")
	cmd.Dir = filepath.Join(place, "engine")
	cmd.Env = []string{userOf + "=" + place, "TMPDIR=" + user, "HOME=" + user, "FORMAT=" + repo[len(repo)-1:], "MADE=" + bits(made)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
		t.Errorf("as a user: %v\n%s", err, out)
	}
}

// bits writes a digit for each row.
func bits(made []bool) string {
	b := make([]byte, len(made))
	for i := range made {
		if b[i] = '0'; made[i] {
			b[i] = '1'
		}
	}
	return string(b)
}

// Verify tells that flags changed.
func TestVerifyKnowsFlags(t *testing.T) {
	place := t.TempDir()
	source, d := filepath.Join(place, "src"), destinationIn(place, 0)
	if err := errors.Join(os.Mkdir(source, 0o750), flags(flagged)(filepath.Join(source, "item"))); err != nil {
		t.Logf("no flags here: %v", err)
		return
	}
	run(t, newEngine(t).Backup(engine.BackupPlan{Destination: d, Root: source}))
	differences := func() (found []string) {
		job := newEngine(t).Verify(engine.VerifyPlan{Destination: d, Root: source})
		if err := job.Run(t.Context(), func(e engine.Event) {
			if p, ok := e.(engine.FileProblem); ok && p.Problem == repository.Differs {
				found = append(found, p.Path+": "+p.Err.Error())
			}
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got := differences(); len(got) > 0 {
		t.Errorf("nothing changed, and it found %q", got)
	}
	if err := errors.Join(setFlags(source+"/item", 0), setFlags(source+"/item2", repository.FlagNoDump)); err != nil {
		t.Fatal(err)
	}
	want := []string{`item: its flags were "dA" and are ""`, `item2: its flags were "dA" and are "d"`}
	if got := differences(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// asUser restores what root has backed up.
func asUser(t *testing.T, place string) {
	t.Helper()
	kept := promises(t)
	format, made := int(os.Getenv("FORMAT")[0]-'0'), os.Getenv("MADE")
	target := filepath.Join(t.TempDir(), "back")
	t.Cleanup(func() { remove(t, target) })
	run(t, newEngine(t).Restore(engine.RestorePlan{Destination: destinationIn(place, format), Target: target}))
	for i, row := range attributes {
		want := kept[row.name][format] && kept[row.name][2]
		if made[i] != '1' {
			continue
		}
		if got := row.has(itemAt(target, i)); got != want {
			t.Errorf("%s: got %v, the table says %v", row.name, got, want)
		}
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// openUp lets everybody read a folder.
func openUp(root string) error {
	return filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
}

// remove removes a tree with locked files in it.
func remove(t *testing.T, root string) {
	t.Helper()
	for i, row := range attributes {
		if !strings.HasPrefix(row.name, "flags that bar") {
			continue
		}
		locked, err := filepath.Glob(filepath.Join(root, "*", filepath.Base(filepath.Dir(itemAt("", i))), "item*"))
		if err != nil {
			t.Error(err)
		}
		for _, path := range locked {
			_ = setFlags(path, 0) // removing tells
		}
	}
	if err := os.RemoveAll(root); err != nil {
		t.Error(err)
	}
}
