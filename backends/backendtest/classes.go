package backendtest

import (
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// classes are all that an error of a Store can be.
func classes() []error {
	return []error{
		backends.ErrNotExist, backends.ErrPermission, backends.ErrAuth, backends.ErrFull, backends.ErrTooLarge, backends.ErrCold,
		backends.ErrHostKey, backends.ErrCertificate, backends.ErrCorrupt, backends.ErrTemporary, backends.ErrOffline,
		backends.ErrInvalidName, backends.ErrSourceSize, backends.ErrConfig, backends.ErrUnsupported, backends.ErrServiceGone,
	}
}

// OneClass tests that an error is of exactly one of the classes that package
// backends has, and can be shown in one line.
func OneClass(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Error("there is no error, where one was expected")
		return
	}
	var is []error
	for _, class := range classes() {
		if errors.Is(err, class) {
			is = append(is, class)
		}
	}
	if len(is) != 1 {
		t.Errorf("%q is of %d classes: %q", err, len(is), is)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("%q has more than one line", err)
	}
}
