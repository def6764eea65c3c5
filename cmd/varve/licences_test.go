package main_test

import (
	"debug/buildinfo"
	"strings"
	"testing"

	"github.com/varve-backup/varve/assets/licences"
)

// A program comes with the licence of everything that it is built of.
func TestLicencesComeAlong(t *testing.T) {
	w := newWorld(t)
	out := w.must(w.varve("licences")).stdout
	if !strings.Contains(out, "GNU LESSER GENERAL PUBLIC LICENSE") || !strings.Contains(out, "go mod edit -replace github.com/cloudsoda/sddl=") {
		t.Errorf("it prints %.500s", out)
	}
	if r := w.varve("licences", "all"); r.code != 2 {
		t.Errorf("ended with %d", r.code)
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if licences.Of(m.Path) == nil {
			t.Errorf("the licence of %s is missing: run packaging/licences.sh", m.Path)
		}
	}
}
