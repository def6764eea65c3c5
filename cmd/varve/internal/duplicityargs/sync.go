package duplicityargs

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/timespec"
)

// Mirror is what sync is told, in the words of Duplicati's SyncTool. The
// destination is Args.URL.
type Mirror struct {
	Source string
	// SourceOptions and DestinationOptions are those of one side only, and win
	// over Args.Options.
	SourceOptions, DestinationOptions map[string]string
	Yes                               bool // --confirm
	Retention                         bool
	ExpireOld                         time.Duration // 0: never
	VerifyContents, VerifyAfterPut    bool
	// Rounds is nil for the usual.
	Rounds *int
	// Attempts and RetryDelay are 0 for the usual; Constant: each wait is as long
	// as the first.
	Attempts         int
	RetryDelay       time.Duration
	Constant         bool
	NoCreate         bool // --auto-create-folders=false
	IgnoreRoom       bool // quota-disable
	AllowEmptySource bool
	MaxDelete        *int // percent; nil for the usual
	ParseOnly        bool

	global map[string]string
	// given is the first option that belongs to sync alone.
	given string
}

// SyncError is an error of a command line of sync, which ends with a code of
// SyncTool's.
type SyncError struct{ Err error }

// Error returns the sentence.
func (e *SyncError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SyncError) Unwrap() error { return e.Err }

// ofSync marks an error of a command line of sync.
func (p *parser) ofSync(err error) error {
	if err == nil || len(p.words) == 0 || p.words[0] != string(Sync) {
		return err
	}
	return &SyncError{err}
}

// syncOptions are those of sync alone. Its others have a place of their own.
func syncOptions() map[string]option {
	yes := syncFlag("--confirm", func(m *Mirror, on bool) { m.Yes = on })
	src, dst := syncList("--src-options", sourceOptions), syncList("--dst-options", destinationOptions)
	return map[string]option{
		"--confirm": yes, "--yes": yes, "-y": yes,
		"--retention":            syncFlag("--retention", func(m *Mirror, on bool) { m.Retention = on }),
		"--expire-old":           syncValue("--expire-old", (*Mirror).setExpireOld),
		"--verify-contents":      syncFlag("--verify-contents", func(m *Mirror, on bool) { m.VerifyContents = on }),
		"--verify-get-after-put": syncFlag("--verify-get-after-put", func(m *Mirror, on bool) { m.VerifyAfterPut = on }),
		"--retry":                syncValue("--retry", (*Mirror).setRounds),
		"--backend-retries":      syncValue("--backend-retries", (*Mirror).setAttempts),
		"--backend-retry-with-exponential-backoff": syncFlag("--backend-retry-with-exponential-backoff", func(m *Mirror, on bool) { m.Constant = !on }),
		"--auto-create-folders":                    syncFlag("--auto-create-folders", func(m *Mirror, on bool) { m.NoCreate = !on }),
		"--src-options":                            src, "--src-option": src, "--dst-options": dst, "--dst-option": dst,
		"--global-options":       syncList("--global-options", globalOptions),
		"--allow-empty-source":   syncFlag("--allow-empty-source", func(m *Mirror, on bool) { m.AllowEmptySource = on }),
		"--max-delete":           syncValue("--max-delete", (*Mirror).setMaxDelete),
		"--parse-arguments-only": syncFlag("--parse-arguments-only", func(m *Mirror, on bool) { m.ParseOnly = on }),
		"--log-level":            {value: (*parser).setLogLevel},
	}
}

func sourceOptions(m *Mirror) *map[string]string      { return &m.SourceOptions }
func destinationOptions(m *Mirror) *map[string]string { return &m.DestinationOptions }
func globalOptions(m *Mirror) *map[string]string      { return &m.global }

// note remembers that an option of sync was given.
func (m *Mirror) note(name string) {
	if m.given == "" {
		m.given = name
	}
}

// syncFlag is a switch that may be said to be off.
func syncFlag(name string, set func(m *Mirror, on bool)) option {
	return option{optional: true, value: func(p *parser, v string) error {
		if !isSwitch(v) {
			return usage("%s is true or false, not %q", name, v)
		}
		p.args.Mirror.note(name)
		set(&p.args.Mirror, v == "true")
		return nil
	}}
}

func isSwitch(v string) bool { return v == "true" || v == "false" }

func syncValue(name string, set func(m *Mirror, v string) error) option {
	return option{value: func(p *parser, v string) error {
		p.args.Mirror.note(name)
		return set(&p.args.Mirror, v)
	}}
}

// syncList takes one NAME=VALUE, and the further ones that follow it.
func syncList(name string, of func(*Mirror) *map[string]string) option {
	return option{more: isPair, value: func(p *parser, v string) error {
		p.args.Mirror.note(name)
		key, value, ok := strings.Cut(v, "=")
		if !ok || key == "" {
			return usage("%s takes NAME=VALUE", name) // without the word: it may be a secret
		}
		list := of(&p.args.Mirror)
		if *list == nil {
			*list = map[string]string{}
		}
		if _, twice := (*list)[key]; twice {
			return usage("%s has %s twice", name, key)
		}
		(*list)[key] = value
		return nil
	}}
}

// isPair tells NAME=VALUE from an address and from a path.
func isPair(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && name[0] != '-' && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

func (m *Mirror) setExpireOld(v string) (err error) {
	if m.ExpireOld, err = timespec.ParseInterval(v); err != nil {
		return usage("--expire-old %q is no interval, such as 30D", v)
	}
	return nil
}

func (m *Mirror) setRounds(v string) error {
	n, err := number("--retry", v, 1000)
	m.Rounds = &n
	return err
}

// setAttempts takes 0 for 1, as SyncTool does.
func (m *Mirror) setAttempts(v string) error {
	n, err := number("--backend-retries", v, 1000)
	m.Attempts = max(n, 1)
	return err
}

func (m *Mirror) setMaxDelete(v string) error {
	n, err := number("--max-delete", strings.TrimSuffix(v, "%"), 100)
	m.MaxDelete = &n
	return err
}

func number(name, v string, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > most {
		return 0, usage("%s %q is no number from 0 to %d", name, v, most)
	}
	return n, nil
}

// logLevels are SyncTool's words for the levels of verbosity.
var logLevels = map[string]int{
	"profiling": 9, "verbose": 8, "retry": 6, "information": 4, "dryrun": 3, "warning": 2, "error": 0,
}

func (p *parser) setLogLevel(v string) error {
	p.args.Mirror.note("--log-level")
	level, known := logLevels[strings.ToLower(v)]
	if !known {
		return usage("--log-level %q is none of Profiling, Verbose, Retry, Information, DryRun, Warning, Error", v)
	}
	p.args.Verbosity = level
	return nil
}

// takeSync takes the two addresses, and what the lists of options say to sync
// itself.
func (p *parser) takeSync(words []string) error {
	a := p.args
	if len(words) != 2 {
		return usage("sync takes two addresses: what is copied, and where to")
	}
	a.Mirror.Source, a.URL = words[0], words[1]
	a.Options = with(a.Options, a.Mirror.global)
	for _, list := range []map[string]string{a.Options, a.Mirror.DestinationOptions} {
		if v, there := list["quota-disable"]; there {
			a.Mirror.IgnoreRoom = v == "" || v == "true"
			delete(list, "quota-disable")
		}
	}
	return p.takeRetryDelay()
}

// takeRetryDelay reads --backend-retry-delay in milliseconds, as SyncTool does.
// Elsewhere it is duplicity's, in seconds.
func (p *parser) takeRetryDelay() error {
	v, there := p.args.Options["backend-retry-delay"]
	if !there {
		return nil
	}
	delete(p.args.Options, "backend-retry-delay")
	n, err := number("--backend-retry-delay", v, 3_600_000)
	p.args.Mirror.RetryDelay = time.Duration(max(n, 1)) * time.Millisecond
	return err
}

// with is a map with what another one has besides, which wins.
func with(a, b map[string]string) map[string]string {
	if len(b) == 0 {
		return a
	}
	all := map[string]string{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// checkSync looks for options that belong elsewhere.
func (p *parser) checkSync() error {
	a := p.args
	if a.Mirror.given != "" && a.Action != Sync && a.Action != Help && a.Action != Version {
		return usage("%s belongs to sync", a.Mirror.given)
	}
	return nil
}
