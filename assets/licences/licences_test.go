package licences_test

import (
	"strings"
	"testing"

	"github.com/varve-backup/varve/assets/licences"
)

func TestTheLGPLsTerms(t *testing.T) {
	lesser := licences.Of("github.com/cloudsoda/sddl")
	if len(lesser) != 1 || !strings.Contains(lesser[0], "GNU LESSER GENERAL PUBLIC LICENSE") {
		t.Errorf("the licence of sddl is %.200q", lesser)
	}
	var all strings.Builder
	if err := licences.Print(&all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"github.com/cloudsoda/sddl is a part of", "go mod edit -replace", "                    GNU GENERAL PUBLIC LICENSE", lesser[0]} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("it lacks %.60q", want)
		}
	}
	if licences.Of("example.org/none") != nil {
		t.Error("a module that is none has a licence")
	}
}
