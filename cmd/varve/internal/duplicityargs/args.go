// Package duplicityargs reads a command line in duplicity's grammar into plain
// data. Parse does it; it touches nothing but the lists of files that it is
// told to read. Usage is the help text.
package duplicityargs

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/selection"
)

// Action is what is to be done.
type Action string

// The actions. Backup is the implied one, which makes a full version when
// there is none to build on.
const (
	Backup      Action = "backup"
	Full        Action = "full"
	Incremental Action = "incremental"
	Restore     Action = "restore"
	Verify      Action = "verify"
	Status      Action = "collection-status"
	List        Action = "list-current-files"
	Snapshots   Action = "snapshots"
	Ls          Action = "ls"
	Find        Action = "find"
	Diff        Action = "diff"
	Cat         Action = "cat"
	Serve       Action = "serve"
	History     Action = "history"
	Stats       Action = "stats"
	KeyList     Action = "key list"
	KeyAdd      Action = "key add"
	KeyRemove   Action = "key remove"
	KeyPasswd   Action = "key passwd"
	Unlock      Action = "unlock"
	Check       Action = "check"
	Forget      Action = "forget"
	Prune       Action = "prune"
	Sync        Action = "sync"
	Demo        Action = "demo"
	// Destinations lists the kinds of destinations, or the options of one;
	// Test proves that one can be used.
	Destinations Action = "destinations"
	Test         Action = "test"
	// Authorize logs in to a service with a browser.
	Authorize Action = "authorize"
	// Licences prints those of all that the programs are built of.
	Licences Action = "licences"
	Help     Action = "help"
	Version  Action = "version"

	RepairIndex     Action = "repair index"
	RepairPacks     Action = "repair packs"
	RepairSnapshots Action = "repair snapshots"
)

// Args is a command line, read.
type Args struct {
	Action Action
	// Folder is what is backed up, restored into or compared; URL is the
	// destination. Demo's folder may be empty.
	Folder, URL string

	// Pattern is what Find looks for; From and To are the versions of Diff; Key
	// is the beginning of the name that KeyRemove is given.
	Pattern  string
	From, To Moment
	Key      string
	// Kind is the kind of destination that Destinations is asked about, or that
	// Authorize logs in to. Print shows the login, Paste reads one.
	Kind         string
	Print, Paste bool

	// Options are those of the destination, by name.
	Options map[string]string

	Time          Moment // --time
	Path          string // --path-to-restore, and the path of Ls, Cat and History
	VolumeSize    int64  // bytes; 0 means the default
	EncryptKeys   []string
	HiddenKeys    []string
	SignKey       string
	NoEncryption  bool
	NoCompression bool
	ArchiveDir    string
	// Format is what an empty destination is given; "" leaves it to what is
	// there.
	Format          string
	Name            string
	FullIfOlderThan time.Duration
	DryRun          bool
	Force           bool
	Progress        bool
	ProgressRate    time.Duration
	Verbosity       int // 0 to 9
	LogFile         string
	AllowMismatch   bool
	CopyLinks       bool
	Rules           []selection.Condition
	NumericOwner    bool
	NoOwnership     bool
	TempDir         string
	Prefix          string
	ManifestPrefix  string
	ArchivePrefix   string
	SignaturePrefix string
	CurrentTime     time.Time
	CompareData     bool
	SkipIfNoChange  bool
	MaxBlockSize    int
	TimeSeparator   string
	JSON            bool
	Recursive       bool
	RemoveAll       bool

	Maintenance
	Removal
	Replication
	Mirror Mirror
	Retention
	Pinning
	Undoing

	Passphrase, SignPassphrase, NewPassphrase secret.Text
	// PassphraseFile and PassphraseCommand say where to read the passphrase
	// from; they go before Passphrase.
	PassphraseFile, PassphraseCommand string
	// RememberKey is how long the key of a repository is kept for the next run.
	RememberKey time.Duration
}

// Moment chooses a version: by a time, by the beginning of a name, or, when it
// is zero, the newest.
type Moment struct {
	Time time.Time
	ID   string
}

// Surroundings are what the meaning of a command line depends on.
type Surroundings struct {
	Env  func(string) string
	Now  time.Time
	Zone *time.Location
	Open func(path string) (io.ReadCloser, error)
	// Destination tells of an option of destinations, by its name without
	// dashes, whether there is one and whether it is a switch; nil knows none.
	Destination func(name string) (known, isSwitch bool)
}

// UsageError is a command line that means nothing.
type UsageError struct{ Sentence string }

// Error returns the sentence.
func (e *UsageError) Error() string { return e.Sentence }

func usage(format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...)}
}

// verbs are the words that name an action.
var verbs = map[string]Action{
	"backup": Backup, "full": Full, "incremental": Incremental, "incr": Incremental, "inc": Incremental,
	"restore": Restore, "rb": Restore, "verify": Verify, "vb": Verify,
	"collection-status": Status, "st": Status, "list-current-files": List,
	"snapshots": Snapshots, "ls": Ls, "find": Find, "diff": Diff, "cat": Cat, "serve": Serve, "history": History, "stats": Stats, "unlock": Unlock,
	"check": Check, "forget": Forget, "pin": Pin, "unpin": Unpin, "prune": Prune,
	"remove-older-than": RemoveOlderThan, "remove-all-but-n-full": RemoveAllButFull,
	"remove-all-inc-of-but-n-full": RemoveIncrementals, "cleanup": Cleanup, "replicate": Replicate,
	"sync": Sync, "destinations": Destinations, "test": Test, "authorize": Authorize, "undo": Undo, "demo": Demo, "licences": Licences,
	"help": Help, "version": Version,
}

// rememberKey is how long gpg-agent keeps a passphrase that is not used.
const rememberKey = 10 * time.Minute

// Parse reads a command line, without the program's name.
func Parse(line []string, s Surroundings) (args *Args, err error) {
	p := &parser{args: &Args{Verbosity: 4, ProgressRate: 3 * time.Second, RememberKey: rememberKey}, in: s}
	defer func() { err = p.ofSync(err) }()
	if err := p.read(line); err != nil {
		return nil, err
	}
	if err := p.readLists(); err != nil {
		return nil, err
	}
	if err := p.arrange(); err != nil {
		return nil, err
	}
	p.args.Passphrase = secret.New(firstLine(s.Env("PASSPHRASE")))
	p.args.SignPassphrase = secret.New(firstLine(s.Env("SIGN_PASSPHRASE")))
	p.args.NewPassphrase = secret.New(firstLine(s.Env("NEW_PASSPHRASE")))
	p.args.ToPassphrase = secret.New(firstLine(s.Env("TO_PASSPHRASE")))
	return p.args, p.check()
}

// firstLine is what gpg would take of a passphrase.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// arrange gives the words their meaning.
func (p *parser) arrange() error {
	words := p.words
	if p.args.Action != "" {
		return nil // --help or --version
	}
	if len(words) == 0 {
		p.args.Action = Help
		return nil
	}
	switch words[0] {
	case "key":
		return p.keyAction(words[1:])
	case "repair":
		return p.repairAction(words[1:])
	case "retention":
		return p.retentionAction(words[1:])
	}
	action, named := verbs[words[0]]
	if named {
		p.args.Action = action
		return p.takeWords(words[1:])
	}
	return p.implied(words)
}

// implied tells from the order of folder and URL what is meant.
func (p *parser) implied(words []string) error {
	if len(words) != 2 {
		return usage("expected a folder and a URL, or an action, and found %q", strings.Join(words, " "))
	}
	first, second := IsURL(words[0]), IsURL(words[1])
	switch {
	case first && second:
		return usage("both %s and %s are URLs: one of them must be a folder", words[0], words[1])
	case !first && !second:
		return usage("neither %s nor %s is a URL: a local destination is written as file:///folder", words[0], words[1])
	case first:
		p.args.Action, p.args.URL, p.args.Folder = Restore, words[0], words[1]
	default:
		p.args.Action, p.args.Folder, p.args.URL = Backup, words[0], words[1]
	}
	return nil
}

// takeWords checks the words behind an action.
func (p *parser) takeWords(words []string) error {
	a := p.args
	switch a.Action {
	case Backup, Full, Incremental:
		return p.two(words, "a folder and a URL", &a.Folder, &a.URL)
	case Restore, Verify:
		return p.two(words, "a URL and a folder", &a.URL, &a.Folder)
	case Status, List, Snapshots, Stats, Serve, Unlock, Test, KeyList, KeyAdd, KeyPasswd:
		return p.url(words, "one URL", 0)
	case Ls, Find, Diff, Cat, History, KeyRemove:
		return p.inVersions(words)
	case Check, Forget, Prune, RepairIndex, RepairPacks, RepairSnapshots:
		return p.maintained(words)
	case RemoveOlderThan, RemoveAllButFull, RemoveIncrementals, Cleanup:
		return p.removed(words)
	case Pin, Unpin:
		return p.pinAction(words)
	case Undo:
		return p.undoAction(words)
	case Replicate:
		return p.replicated(words)
	case Sync:
		return p.takeSync(words)
	case Demo:
		if len(words) > 1 {
			return usage("demo takes one folder at most")
		}
		a.Folder = strings.Join(words, "")
	case Authorize:
		if len(words) != 1 {
			return usage("authorize takes the kind of a destination, such as dpbx or gdrive")
		}
		a.Kind = words[0]
	case Licences:
		if len(words) > 0 {
			return usage("licences takes nothing behind it")
		}
	case Destinations:
		if len(words) > 1 {
			return usage("destinations takes one kind at most")
		}
		a.Kind = strings.Join(words, "")
	}
	return nil
}

// url takes the URL that comes first, with what follows it.
func (p *parser) url(words []string, what string, behind int) error {
	if len(words) != 1+behind || !IsURL(words[0]) {
		return usage("%s takes %s; a local destination is written as file:///folder", p.args.Action, what)
	}
	p.args.URL = words[0]
	return nil
}

// inVersions takes the words of the actions that look into versions.
func (p *parser) inVersions(words []string) (err error) {
	a := p.args
	switch a.Action {
	case Ls:
		if len(words) == 1 {
			return p.url(words, "a URL and perhaps a path", 0)
		}
		if err = p.url(words, "a URL and perhaps a path", 1); err == nil {
			a.Path = words[1]
		}
	case Cat:
		if err = p.url(words, "a URL and a path", 1); err == nil {
			a.Path = words[1]
		}
	case History:
		// Either order: only one of the words is a URL.
		if len(words) == 2 && IsURL(words[1]) && !IsURL(words[0]) {
			words = []string{words[1], words[0]}
		}
		if err = p.url(words, "a path and a URL", 1); err == nil {
			a.Path = words[1]
		}
	case Find:
		if err = p.url(words, "a URL and a pattern", 1); err == nil {
			a.Pattern = words[1]
		}
	case KeyRemove:
		if err = p.url(words, "a URL and the name of a key", 1); err == nil {
			a.Key = words[1]
		}
	case Diff:
		if err = p.url(words, "a URL and two times or names of versions", 2); err == nil {
			err = p.versions(words[1], words[2])
		}
	}
	return err
}

// versions takes the two of Diff.
func (p *parser) versions(from, to string) (err error) {
	if p.args.From, err = p.moment(string(Diff), from); err == nil {
		p.args.To, err = p.moment(string(Diff), to)
	}
	return err
}

// keyAction takes the second word of the actions on keys.
func (p *parser) keyAction(words []string) error {
	actions := map[string]Action{"list": KeyList, "add": KeyAdd, "remove": KeyRemove, "passwd": KeyPasswd}
	if len(words) == 0 || actions[words[0]] == "" {
		return usage("key takes list, add, remove or passwd, and a URL")
	}
	p.args.Action = actions[words[0]]
	return p.takeWords(words[1:])
}

func (p *parser) two(words []string, what string, first, second *string) error {
	if len(words) != 2 {
		return usage("%s takes %s", p.args.Action, what)
	}
	*first, *second = words[0], words[1]
	if IsURL(p.args.Folder) || !IsURL(p.args.URL) {
		return usage("%s takes %s, in this order; a local destination is written as file:///folder", p.args.Action, what)
	}
	return nil
}

// The formats of --format.
const (
	FormatDuplicity = "duplicity"
	FormatRestic    = "restic"
)

// withJSON are the actions whose results can be one JSON document.
var withJSON = []Action{
	Snapshots, Ls, Find, Diff, Cat, History, Stats, KeyList, KeyAdd, KeyRemove, KeyPasswd, Unlock, Check, Forget, Pin, Unpin, Prune,
	RepairIndex, RepairPacks, RepairSnapshots, Restore, Sync, Help, Version,
	RemoveOlderThan, RemoveAllButFull, RemoveIncrementals, Cleanup, Replicate,
	RetentionCheck, RetentionExplain, RetentionPlan, RetentionSimulate, Undo,
}

// check looks for options that contradict each other.
func (p *parser) check() error {
	a := p.args
	switch {
	case a.NoEncryption && len(a.EncryptKeys)+len(a.HiddenKeys) > 0:
		return usage("--no-encryption and a key to encrypt with contradict each other")
	case a.NoEncryption && a.SignKey != "":
		return usage("--sign-key needs encryption: leave out --no-encryption")
	case a.Format == FormatRestic && (a.NoEncryption || a.SignKey != "" || len(a.EncryptKeys)+len(a.HiddenKeys) > 0):
		return usage("--format restic is always encrypted with a passphrase, and with nothing else")
	case a.PassphraseFile != "" && a.PassphraseCommand != "":
		return usage("--passphrase-file and --passphrase-command contradict each other")
	case a.JSON && !slices.Contains(withJSON, a.Action):
		return usage("%s has no --json", a.Action)
	case a.Recursive && a.Action != Ls:
		return usage("--recursive belongs to ls")
	case a.RemoveAll && a.Action != Unlock:
		return usage("--remove-all belongs to unlock")
	case a.Name != "" && strings.ContainsAny(a.Name, "/\x00"):
		return usage("--name %q is no name of a folder", a.Name)
	}
	if err := p.checkUndo(); err != nil {
		return err
	}
	if err := p.checkReplication(); err != nil {
		return err
	}
	if err := p.checkMaintenance(); err != nil {
		return err
	}
	return p.checkSync()
}

// IsURL tells a URL from a path by its "://", as duplicity does.
func IsURL(s string) bool {
	kind, _, found := strings.Cut(s, "://")
	return found && kind != "" && !strings.ContainsAny(kind, "/ ")
}
