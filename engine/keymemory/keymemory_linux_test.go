package keymemory_test

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/varve-backup/varve/engine/keymemory"
)

// asked names the variable that makes the test program look up one name.
const asked = "VARVE_TEST_KEYMEMORY"

func TestMain(m *testing.M) {
	if name := os.Getenv(asked); name != "" {
		_, _ = os.Stdout.Write(keymemory.New(time.Minute).Load(name))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// kernelKeeps tells whether this kernel lets us keep anything more: containers
// often refuse, and for a person there is room for some twenty kilobytes, which
// other tests may have filled.
func kernelKeeps(t *testing.T) bool {
	t.Helper()
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	if err != nil && !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
		t.Fatal(err)
	}
	if err != nil {
		return false
	}
	key, err := unix.AddKey("user", "varve:test:"+rand.Text(), make([]byte, 64), unix.KEY_SPEC_USER_KEYRING)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_REVOKE, key, 0, 0, 0)
	}
	return !errors.Is(err, unix.EDQUOT)
}

func TestAnotherProcessFindsIt(t *testing.T) {
	name := "varve:test:" + rand.Text()
	keymemory.New(time.Minute).Save(name, []byte("older"))
	keymemory.New(time.Minute).Save(name, []byte("newer"))
	t.Cleanup(func() { keymemory.New(time.Second).Save(name, []byte("-")) })
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asked+"="+name)
	got, err := cmd.Output()
	if err != nil || string(got) != "newer" && (len(got) > 0 || kernelKeeps(t)) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestItIsForgotten(t *testing.T) {
	m, name := keymemory.New(0), "varve:test:"+rand.Text()
	m.Save(name, []byte("secret"))
	for end := time.Now().Add(30 * time.Second); m.Load(name) != nil; {
		if time.Now().After(end) {
			t.Fatal("after 30 seconds it is still there")
		}
		time.Sleep(10 * time.Millisecond) // the kernel's clock runs, not ours
	}
}

func TestWhatIsTooLongIsNotKept(t *testing.T) {
	m, name := keymemory.New(time.Minute), "varve:test:"+rand.Text()
	m.Save(name, []byte(strings.Repeat("x", 5000)))
	m.Save(name, nil)
	if b := m.Load(name); b != nil {
		t.Errorf("got %d bytes", len(b))
	}
}
