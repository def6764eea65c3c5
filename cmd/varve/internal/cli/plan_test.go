package cli

import (
	"testing"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine/restore"
)

func TestOwnersOfARestore(t *testing.T) {
	for option, want := range map[string]restore.Owner{
		"--numeric-owner": restore.ByNumber, "--do-not-restore-ownership": restore.None, "--force": restore.ByName,
	} {
		args, err := duplicityargs.Parse([]string{"restore", option, "file:///archive", "/target"}, duplicityargs.Surroundings{
			Env: func(string) string { return "" },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := (&program{args: args}).restorePlan().Owner; got != want {
			t.Errorf("%s: got %v, want %v", option, got, want)
		}
	}
}
