package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// The usual of SyncTool, and ours.
const (
	syncRounds = 3
	syncPause  = 5 * time.Second
	maxDelete  = 50
)

// syncing is a run of sync.
type syncing struct {
	*program
	answers *bufio.Reader

	mu       sync.Mutex
	stage    engine.MirrorStage // what goes on; guarded by mu
	handled  int64              // in that stage; guarded by mu
	changes  []syncChange       // for the document
	problems []syncProblem
	result   engine.Mirrored
	plan     engine.SyncPlan
}

// sync makes one destination like another, and ends with SyncTool's codes.
func (p *program) sync(ctx context.Context) int {
	if p.args.Mirror.ParseOnly {
		return duplicityargs.ExitOK
	}
	plan, err := p.syncPlan()
	if err != nil {
		p.out.error(err.Error())
		return duplicityargs.ExitSyncFailed
	}
	s := &syncing{program: p, answers: bufio.NewReader(os.Stdin), plan: plan, changes: []syncChange{}, problems: []syncProblem{}}
	s.plan.Confirm = s.confirm
	if p.args.Mirror.Yes {
		s.plan.Confirm = nil
	}
	return s.run(ctx)
}

func (s *syncing) run(ctx context.Context) int {
	job := s.engine.Sync(s.plan, func(r engine.Mirrored) { s.result = r })
	stop := s.showProgressAs(job, s.progressLine)
	err := job.Run(ctx, s.tell)
	stop()
	s.endStage()
	if err != nil {
		return s.failed(err)
	}
	if s.result.Declined {
		s.out.error("not confirmed. Nothing was changed.")
		return duplicityargs.ExitSyncDeclined
	}
	if code := s.answer(s.document(), s.sentence()); code != duplicityargs.ExitOK {
		return duplicityargs.ExitSyncFailed
	}
	return syncCode(&s.result)
}

// failed words what ended a run.
func (s *syncing) failed(err error) int {
	sentence, _ := explain(err)
	switch {
	case errors.Is(err, engine.ErrMirrorEmpty):
		sentence += " If it shall be empty, use --allow-empty-source."
	case errors.Is(err, engine.ErrMirrorRemoves):
		sentence += " If they shall go, use --max-delete."
	}
	s.out.error(sentence)
	if isCancelled(err) {
		return duplicityargs.ExitSyncDeclined
	}
	return duplicityargs.ExitSyncFailed
}

// syncCode is the number of files that are not as they should be. A process has
// only so many codes, and SyncTool's 256 looked like success.
func syncCode(r *engine.Mirrored) int {
	bad := r.NotCopied + r.NotRemoved
	if bad == 0 {
		bad = r.HeldBack
	}
	return int(min(bad, duplicityargs.ExitSyncMost))
}

// syncPlan is what the options say.
func (p *program) syncPlan() (engine.SyncPlan, error) {
	a, m := p.args, &p.args.Mirror
	src, dst, err := sides(a)
	if err != nil {
		return engine.SyncPlan{}, err
	}
	rounds, percent := syncRounds, maxDelete
	if m.Rounds != nil {
		rounds = *m.Rounds
	}
	if m.MaxDelete != nil {
		percent = *m.MaxDelete
	}
	return engine.SyncPlan{
		Source:      engine.Destination{URL: m.Source, Options: src, Environment: sideEnvironment(os.Environ(), "SRC_")},
		Destination: engine.Destination{URL: a.URL, Options: dst, Environment: sideEnvironment(os.Environ(), "DST_")},
		MirrorOptions: engine.MirrorOptions{
			Force: a.Force, Retention: m.Retention, KeepAside: m.ExpireOld, VerifyContents: m.VerifyContents, VerifyAfterPut: m.VerifyAfterPut,
			Rounds: rounds, Pause: syncPause, DryRun: a.DryRun, AllowEmptySource: m.AllowEmptySource, MaxRemove: percent, IgnoreRoom: m.IgnoreRoom,
		},
		Attempts: m.Attempts, Delay: m.RetryDelay, Constant: m.Constant, NoCreate: m.NoCreate,
	}, nil
}

// sides shares the options: those of one side, which win, and of those that
// were given for both whatever a side has. One that neither has is an error.
func sides(a *duplicityargs.Args) (src, dst map[string]string, err error) {
	m := &a.Mirror
	src, dst = map[string]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(a.Options)) {
		ofSource, ofDestination := open.Has(m.Source, name), open.Has(a.URL, name)
		if ofSource {
			src[name] = a.Options[name]
		}
		if ofDestination {
			dst[name] = a.Options[name]
		}
		if !ofSource && !ofDestination {
			return nil, nil, fmt.Errorf("neither source nor destination has an option %q. Nothing was done", name)
		}
	}
	maps.Copy(src, m.SourceOptions)
	maps.Copy(dst, m.DestinationOptions)
	return src, dst, nil
}

// sideEnvironment are the variables of one side, without what marks them.
func sideEnvironment(environment []string, prefix string) map[string]string {
	own := map[string]string{}
	for _, v := range environment {
		if name, value, ok := strings.Cut(v, "="); ok && len(name) > len(prefix) && strings.HasPrefix(name, prefix) {
			own[name[len(prefix):]] = value
		}
	}
	return own
}

// makeLogFolder makes the folder of the log, as SyncTool does.
func makeLogFolder(a *duplicityargs.Args) error {
	if a.Action != duplicityargs.Sync || a.LogFile == "" {
		return nil
	}
	return os.MkdirAll(filepath.Dir(a.LogFile), 0o700)
}

// confirm asks as SyncTool does: only a single y is a yes.
func (s *syncing) confirm(ctx context.Context, p engine.MirrorPreview) (bool, error) {
	fmt.Fprint(os.Stderr, s.question(&p))
	line := make(chan string, 1)
	go func() {
		text, _ := s.answers.ReadString('\n') // an end is a no
		line <- strings.TrimRight(text, "\r\n")
	}()
	select {
	case text := <-line:
		return text == "y" || text == "Y", nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

func (s *syncing) question(p *engine.MirrorPreview) string {
	src, dst := address.Display(s.plan.Source.URL), address.Display(s.plan.Destination.URL)
	if p.Prove > 0 {
		return fmt.Sprintf("Compare the content of %s of %s with %s? [y/N] ", count(int64(p.Prove), "file"), src, dst)
	}
	what := fmt.Sprintf("Copy %s and replace %d (%s)", count(int64(p.Copies), "file"), p.Replaced, size(p.Bytes))
	if p.Removed > 0 {
		verb := "remove"
		if p.Retention {
			verb = "rename"
		}
		what += fmt.Sprintf(", %s %d", verb, p.Removed)
	}
	if p.Expired > 0 {
		what += fmt.Sprintf(", remove %d old", p.Expired)
	}
	return fmt.Sprintf("%s, from %s to %s? [y/N] ", what, src, dst)
}
