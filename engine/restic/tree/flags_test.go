package tree

import (
	"encoding/json"
	"testing"

	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/restic/id"
)

func TestFlagsSurvive(t *testing.T) {
	for _, want := range []repository.Flags{0, repository.FlagNoDump, repository.KeptFlags} {
		n := &Node{Name: "a", Type: Dir, Subtree: &id.ID{1}}
		n.SetFlags(want)
		var e Encoder
		if err := e.Add(n); err != nil {
			t.Fatal(err)
		}
		for back, err := range Decode(e.Finish()) {
			if err != nil || back.Flags() != want || (back.Generic != nil) != (want != 0) {
				t.Errorf("got %q and %v, %v, want %q", back.Flags(), back.Generic, err, want)
			}
		}
	}
}

func TestFlagsThatAreNone(t *testing.T) {
	rows := map[string]repository.Flags{
		"64": repository.FlagNoDump, "-1": 0, `"64"`: 0, "4294967296": 0, "{}": 0, "null": 0, "6.4e1": 0, "": 0,
		"4294967295": repository.KeptFlags,
	}
	for text, want := range rows {
		n := &Node{Generic: map[string]json.RawMessage{flagsKey: json.RawMessage(text), "other": json.RawMessage("1")}}
		if got := n.Flags(); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		n.SetFlags(0)
		if len(n.Generic) != 1 {
			t.Errorf("%s: got %v, want the other attribute alone", text, n.Generic)
		}
	}
}
