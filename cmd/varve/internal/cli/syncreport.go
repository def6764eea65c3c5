package cli

import (
	"fmt"

	"github.com/varve-backup/varve/engine"
)

// syncDocument is what sync did.
type syncDocument struct {
	DryRun     bool          `json:"dry_run"`
	Copied     int64         `json:"copied"`
	Replaced   int64         `json:"replaced"`
	Removed    int64         `json:"removed"`
	SetAside   int64         `json:"set_aside"`
	Expired    int64         `json:"expired"`
	Same       int64         `json:"same"`
	Bytes      int64         `json:"bytes"`
	NotCopied  int64         `json:"not_copied"`
	NotRemoved int64         `json:"not_removed"`
	HeldBack   int64         `json:"held_back"`
	Changes    []syncChange  `json:"changes"`
	Problems   []syncProblem `json:"problems"`
}

// syncChange is what became of a file.
type syncChange struct {
	Action string `json:"action"`
	Name   string `json:"name"`
	To     string `json:"to,omitempty"`
	Bytes  int64  `json:"bytes"`
}

// syncProblem is a file that is not as it should be.
type syncProblem struct {
	Action string `json:"action"`
	Name   string `json:"name"`
	Error  string `json:"error"`
}

// syncWords are the actions: in documents, of what was done, of what was not,
// and of what goes on.
var syncWords = map[engine.MirrorAction]struct{ name, done, not, now string }{
	engine.MirrorCopy:    {"copy", "copied", "was not copied", "Copying"},
	engine.MirrorReplace: {"replace", "replaced", "was not replaced", "Copying"},
	engine.MirrorRemove:  {"remove", "removed", "was not removed", "Removing"},
	engine.MirrorKeep:    {"keep", "renamed", "was not renamed", "Renaming"},
	engine.MirrorExpire:  {"expire", "removed (old)", "was not removed", "Removing"},
	engine.MirrorProve:   {"prove", "compared", "was not compared", "Verifying"},
}

// tell turns an event into a line.
func (s *syncing) tell(e engine.Event) {
	switch e := e.(type) {
	case engine.MirrorStage:
		s.begin(e)
	case engine.MirrorDone:
		s.done(e)
	case engine.MirrorFailed:
		words := syncWords[e.Action]
		s.problems = append(s.problems, syncProblem{words.name, e.Name, oneLine(e.Err.Error())})
		s.out.warning(oneLine(fmt.Sprintf("%s %s: %v", shown(e.Name), words.not, e.Err)))
	default:
		s.report(e)
	}
}

func (s *syncing) done(e engine.MirrorDone) {
	s.mu.Lock()
	s.handled++
	s.mu.Unlock()
	words := syncWords[e.Action]
	line := words.done + " " + shown(e.Name)
	if e.To != "" {
		line += ", kept as " + shown(e.To)
	}
	if s.args.JSON && e.Action != engine.MirrorProve {
		s.changes = append(s.changes, syncChange{words.name, e.Name, e.To, e.Bytes})
	}
	if s.args.DryRun && e.Action != engine.MirrorProve {
		s.out.notice("would be " + line)
		return
	}
	s.out.info(line)
}

// begin remembers what goes on now.
func (s *syncing) begin(e engine.MirrorStage) {
	s.endStage()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage, s.handled = e, 0
}

// endStage shows the last number, as SyncTool does.
func (s *syncing) endStage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.args.Progress && s.stage.Files > 0 {
		s.out.progress(fmt.Sprintf("%s: %d/%d", syncWords[s.stage.Action].now, s.handled, s.stage.Files), false)
	}
}

// progressLine is SyncTool's, with bytes.
func (s *syncing) progressLine(p engine.Progress) string {
	s.mu.Lock()
	stage := s.stage
	s.mu.Unlock()
	if stage.Files == 0 {
		return "Comparing"
	}
	line := fmt.Sprintf("%s: %d/%d", syncWords[stage.Action].now, p.Files, stage.Files)
	if stage.Bytes > 0 {
		line += fmt.Sprintf(", %s of %s", size(p.Bytes), size(stage.Bytes))
	}
	return line
}

func (s *syncing) document() syncDocument {
	r := &s.result
	return syncDocument{
		DryRun: s.args.DryRun, Copied: r.Copied, Replaced: r.Replaced, Removed: r.Removed, SetAside: r.SetAside, Expired: r.Expired,
		Same: r.Same, Bytes: r.Bytes, NotCopied: r.NotCopied, NotRemoved: r.NotRemoved, HeldBack: r.HeldBack,
		Changes: s.changes, Problems: s.problems,
	}
}

// sentence says what was done, and what was not.
func (s *syncing) sentence() string {
	r := &s.result
	verb := "Copied"
	if s.args.DryRun {
		verb = "Would copy"
	}
	text := fmt.Sprintf("%s %s and replaced %d (%s), removed %d; %d were the same.", verb, count(r.Copied, "file"), r.Replaced, size(r.Bytes), r.Removed, r.Same)
	if s.args.DryRun {
		text = fmt.Sprintf("%s %s and replace %d (%s), remove %d; %d are the same.", verb, count(r.Copied, "file"), r.Replaced, size(r.Bytes), r.Removed, r.Same)
	}
	for _, more := range []struct {
		n    int64
		text string
	}{
		{r.SetAside, "kept under another name"}, {r.Expired, "old removed"}, {r.NotCopied, "not copied"}, {r.NotRemoved, "not removed"}, {r.HeldBack, "to be removed next time"},
	} {
		if more.n > 0 {
			text += fmt.Sprintf(" %d %s.", more.n, more.text)
		}
	}
	return text
}
