package cli

import (
	"fmt"

	"github.com/varve-backup/varve/engine"
)

// restoreDocument is what a restore did.
type restoreDocument struct {
	Version versionName `json:"version"`
	Files   int64       `json:"files"`
	Bytes   int64       `json:"bytes"`
	Items   int64       `json:"items"`
	// Unchanged files were already there as they should be.
	Unchanged int64 `json:"unchanged"`
	Skipped   int64 `json:"skipped"`
	Problems  int64 `json:"problems"`
	// Undo is what varve undo takes, and Unkept is what that cannot bring back.
	Undo   string `json:"undo,omitempty"`
	Unkept int64  `json:"unkept,omitempty"`
}

func newRestoreDocument(s *engine.Summary) *restoreDocument {
	return &restoreDocument{
		Version: versionOf(s.Version), Files: s.Files, Bytes: s.Bytes, Items: s.Items,
		Unchanged: s.Same, Skipped: s.Skipped, Problems: s.Problems, Undo: s.Undo, Unkept: s.Unkept,
	}
}

// restoreSentence says what a restore did, or would do.
func restoreSentence(s *engine.Summary, target string, dryRun bool) string {
	verb := "Restored"
	if dryRun {
		verb = "Would restore"
	}
	sentence := fmt.Sprintf("%s %s (%s) of the version of %s into %s.", verb,
		count(s.Files, "file"), size(s.Bytes), moment(s.Version.Time), target)
	switch {
	case s.Same == 1:
		sentence += " 1 file was there already as it should be."
	case s.Same > 1:
		sentence += fmt.Sprintf(" %s were there already as they should be.", count(s.Same, "file"))
	}
	if s.Undo != "" {
		sentence += fmt.Sprintf(" varve undo %s puts back what was there.", s.Undo)
	}
	if s.Unkept > 0 {
		sentence += fmt.Sprintf(" There was no room to keep %s that was replaced.", count(s.Unkept, "item"))
	}
	return sentence
}
