package settingspage

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The list of licences names the modules that go.mod does: a new one is added
// to licences.txt with the licence that its own folder holds.
func TestLicencesOfAllModules(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+`).FindAllStringSubmatch(string(text), -1) {
		want = append(want, m[1])
	}
	for _, m := range modules() {
		got = append(got, m.path)
		if m.licence == "" || strings.Contains(m.licence, "?") {
			t.Errorf("the licence of %s is %q", m.path, m.licence)
		}
	}
	for _, m := range want {
		if !slices.Contains(got, m) {
			t.Errorf("licences.txt lacks %s", m)
		}
	}
	for _, m := range got {
		if !slices.Contains(want, m) {
			t.Errorf("licences.txt has %s, which go.mod does not", m)
		}
	}
	if !slices.IsSorted(got) {
		t.Error("licences.txt is not in order")
	}
}
