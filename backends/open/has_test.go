package open_test

import (
	"testing"

	"github.com/varve-backup/varve/backends/open"
)

func TestHas(t *testing.T) {
	for _, row := range []struct {
		url, option string
		want        bool
	}{
		{"sftp://h/x", "ssh-options", true},
		{"sftp://h/x", "use-scp", true},
		{"sftp://h/x", "region", false},
		{"/folder", "ssh-options", false},
		{"/folder", "timeout", true},
		{"nosuch://x", "ssh-options", false},
		{"sftp://", "ssh-options", false},
	} {
		if got := open.Has(row.url, row.option); got != row.want {
			t.Errorf("%s, %s: got %v", row.url, row.option, got)
		}
	}
}
