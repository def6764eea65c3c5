package keymemory

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// mostSecret bounds what Load reads; Save keeps nothing longer.
const mostSecret = 4096

// Load returns the secret of a name, or nil.
func (m *Memory) Load(name string) []byte {
	defer possess()()
	key, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", name, 0)
	if err != nil {
		return nil
	}
	b := make([]byte, mostSecret)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, key, b, 0)
	if err != nil || n > len(b) {
		return nil
	}
	return b[:n]
}

// Save keeps a secret, in place of an older one of that name. A kernel that
// keeps none, or no more, is no error: who asks for the secret must do without
// at any time.
func (m *Memory) Save(name string, b []byte) {
	if len(b) == 0 || len(b) > mostSecret {
		return
	}
	defer possess()()
	key, err := unix.AddKey("user", name, b, unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return
	}
	if _, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, key, int(m.ttl/time.Second), 0, 0); err != nil {
		// Without an end it would stay as long as the machine runs.
		_, _ = unix.KeyctlInt(unix.KEYCTL_REVOKE, key, 0, 0, 0)
	}
}

// possess lets this thread reach the person's keyring even where the session,
// as one of cron or systemd, has no link to it. The function that it returns
// lets the thread go.
func possess() func() {
	runtime.LockOSThread()
	// If it fails, so does what follows.
	_, _ = unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	return runtime.UnlockOSThread
}
