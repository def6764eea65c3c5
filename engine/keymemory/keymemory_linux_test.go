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

// kernelKeeps tells whether this kernel lets us keep anything: containers often
// refuse.
func kernelKeeps(t *testing.T) bool {
	t.Helper()
	_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	if err != nil && !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.EPERM) {
		t.Fatal(err)
	}
	return err == nil
}

func TestAnotherProcessFindsIt(t *testing.T) {
	name := "varve:test:" + rand.Text()
	keymemory.New(time.Minute).Save(name, []byte("older"))
	keymemory.New(time.Minute).Save(name, []byte("newer"))
	t.Cleanup(func() { keymemory.New(time.Second).Save(name, []byte("-")) })
	want := "newer"
	if !kernelKeeps(t) {
		want = ""
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asked+"="+name)
	got, err := cmd.Output()
	if err != nil || string(got) != want {
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
