package backends_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

func TestOptionCheck(t *testing.T) {
	closed := backends.Option{Name: "c", Closed: true, Choices: []backends.Choice{{Value: "a"}, {Value: "b"}}}
	for _, c := range []struct {
		option    backends.Option
		good, bad []string
	}{
		{backends.Option{Name: "t"}, []string{"", "x"}, nil},
		{backends.Option{Name: "s", Type: backends.Switch}, []string{"true", "false"}, []string{"", "yes", "1"}},
		{backends.Option{Name: "n", Type: backends.Number}, []string{"0", "17"}, []string{"", "-1", "1.5", "x"}},
		{backends.Option{Name: "b", Type: backends.Bytes}, []string{"0", "500", "8M", "5Mi", "5MiB", "1g"}, []string{"", "-1", "8T8", "M", "99999999999G"}},
		{backends.Option{Name: "d", Type: backends.Duration}, []string{"30s", "1h2m"}, []string{"", "30", "x"}},
		{closed, []string{"a"}, []string{"", "c"}},
	} {
		for _, v := range c.good {
			if err := c.option.Check(v); err != nil {
				t.Errorf("%s %q: %v", c.option.Name, v, err)
			}
		}
		for _, v := range c.bad {
			if err := c.option.Check(v); !errors.Is(err, backends.ErrConfig) {
				t.Errorf("%s %q: %v", c.option.Name, v, err)
			}
		}
	}
	secret := backends.Option{Name: "k", Type: backends.Number, Secret: true}
	if err := secret.Check("hush"); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a secret is told: %v", err)
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"7": 7, "2K": 2048, "3Mi": 3 << 20, "1GiB": 1 << 30} {
		if got, err := backends.ParseBytes(text); got != want || err != nil {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
}

func TestIsPermanent(t *testing.T) {
	for err, want := range map[error]bool{
		backends.ErrFull: true, errors.New("x"): false, backends.ErrTemporary: false, errors.Join(backends.ErrTemporary, backends.ErrAuth): false,
		backends.ErrHostKey: true, backends.ErrCorrupt: false,
		&backends.BusyError{Err: backends.ErrPermission}: false,
	} {
		if got := backends.IsPermanent(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
