package repository

import (
	"math/bits"
	"strings"
	"testing"
)

func TestFlagsAreLettersOfChattr(t *testing.T) {
	rows := []struct {
		flags Flags
		want  string
	}{
		{0, ""},
		{FlagImmutable | FlagAppendOnly, "ia"},
		{FlagNoDump | FlagNoAccessTime, "dA"},
		{FlagNoCopyOnWrite | FlagNoCompression, "mC"},
		{^Flags(0), "sucSiadAmjtDTCx"},
		{^KeptFlags, ""},
	}
	for _, row := range rows {
		if got := row.flags.String(); got != row.want {
			t.Errorf("%#x: got %q, want %q", uint32(row.flags), got, row.want)
		}
	}
	if letters := strings.ReplaceAll(flagLetters, " ", ""); len(letters) != bits.OnesCount32(uint32(KeptFlags)) {
		t.Errorf("there are %d letters for %d flags", len(letters), bits.OnesCount32(uint32(KeptFlags)))
	}
}
