package duplicityargs

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/retention"
	"github.com/varve-backup/varve/engine/selection"
	"github.com/varve-backup/varve/engine/timespec"
)

// parser holds a command line while it is read.
type parser struct {
	args  *Args
	in    Surroundings
	words []string
	lists []pendingList
	nulls bool
}

// pendingList is a list of files that is read when all options are known.
type pendingList struct {
	rule int // its place in Args.Rules
	path string
}

// option is one option. Exactly one of flag and value is set.
type option struct {
	flag  func(*parser)
	value func(*parser, string) error
	// optional: without a value it is true, and the next word is one only if it
	// is true or false.
	optional bool
	// more tells of words behind the value that they are further ones.
	more func(word string) bool
}

func flag(set func(*Args)) option {
	return option{flag: func(p *parser) { set(p.args) }}
}

func text(set func(*Args, string)) option {
	return option{value: func(p *parser, v string) error { set(p.args, v); return nil }}
}

func rule(make func(string) selection.Condition) option {
	return option{value: func(p *parser, v string) error {
		p.args.Rules = append(p.args.Rules, make(v))
		return nil
	}}
}

// options are all that is served, by name.
var options = joined(syncOptions(), map[string]option{
	"--time":            {value: (*parser).setTime},
	"--restore-time":    {value: (*parser).setTime},
	"-t":                {value: (*parser).setTime},
	"--file-to-restore": text(func(a *Args, v string) { a.Path = v }),
	"--path-to-restore": text(func(a *Args, v string) { a.Path = v }),
	"-r":                text(func(a *Args, v string) { a.Path = v }),

	"--keep-last":    keep("--keep-last", func(k *Keep) *int { return &k.Last }),
	"--keep-hourly":  keep("--keep-hourly", func(k *Keep) *int { return &k.Hourly }),
	"--keep-daily":   keep("--keep-daily", func(k *Keep) *int { return &k.Daily }),
	"--keep-weekly":  keep("--keep-weekly", func(k *Keep) *int { return &k.Weekly }),
	"--keep-monthly": keep("--keep-monthly", func(k *Keep) *int { return &k.Monthly }),
	"--keep-yearly":  keep("--keep-yearly", func(k *Keep) *int { return &k.Yearly }),
	"--keep-within":  keepWithin("--keep-within", func(k *Keep) *retention.Span { return &k.Within }),

	"--keep-within-hourly":  keepWithin("--keep-within-hourly", func(k *Keep) *retention.Span { return &k.WithinHourly }),
	"--keep-within-daily":   keepWithin("--keep-within-daily", func(k *Keep) *retention.Span { return &k.WithinDaily }),
	"--keep-within-weekly":  keepWithin("--keep-within-weekly", func(k *Keep) *retention.Span { return &k.WithinWeekly }),
	"--keep-within-monthly": keepWithin("--keep-within-monthly", func(k *Keep) *retention.Span { return &k.WithinMonthly }),
	"--keep-within-yearly":  keepWithin("--keep-within-yearly", func(k *Keep) *retention.Span { return &k.WithinYearly }),

	"--retention": {value: (*parser).setPolicy},
	"--rhythm":    {value: (*parser).setRhythm},
	"--space":     flag(func(a *Args) { a.Space = true }),

	"--reason": text(func(a *Args, v string) { a.Reason = v }),
	"--until":  {value: (*parser).setUntil},

	"--keep-tag":         text(func(a *Args, v string) { a.Keep.Tags = append(a.Keep.Tags, v) }),
	"--prune":            flag(func(a *Args) { a.Prune = true }),
	"--max-unused":       {value: (*parser).setMaxUnused},
	"--max-repack-size":  {value: (*parser).setMaxRepack},
	"--read-data":        flag(func(a *Args) { a.ReadPart, a.ReadOf = 1, 1 }),
	"--read-data-subset": {value: (*parser).setReadSubset},
	"--read-data-for":    {value: (*parser).setReadFor},

	"--volsize":       {value: (*parser).setVolumeSize},
	"--max-blocksize": {value: (*parser).setBlockSize},

	"--encrypt-key":        text(func(a *Args, v string) { a.EncryptKeys = append(a.EncryptKeys, v) }),
	"--hidden-encrypt-key": text(func(a *Args, v string) { a.HiddenKeys = append(a.HiddenKeys, v) }),
	"--sign-key":           text(func(a *Args, v string) { a.SignKey = v }),
	"--encrypt-sign-key": text(func(a *Args, v string) {
		a.EncryptKeys, a.SignKey = append(a.EncryptKeys, v), v
	}),
	"--no-encryption":  flag(func(a *Args) { a.NoEncryption = true }),
	"--no-compression": flag(func(a *Args) { a.NoCompression = true }),

	"--format":      {value: (*parser).setFormat},
	"--archive-dir": text(func(a *Args, v string) { a.ArchiveDir = v }),
	"--name":        text(func(a *Args, v string) { a.Name = v }),
	"--tempdir":     text(func(a *Args, v string) { a.TempDir = v }),
	"--log-file":    text(func(a *Args, v string) { a.LogFile = v }),

	"--full-if-older-than":       {value: (*parser).setFullIfOlder},
	"--dry-run":                  flag(func(a *Args) { a.DryRun = true }),
	"-d":                         flag(func(a *Args) { a.DryRun = true }),
	"--force":                    flag(func(a *Args) { a.Force = true }),
	"-f":                         flag(func(a *Args) { a.Force = true }),
	"--progress":                 flag(func(a *Args) { a.Progress = true }),
	"--progress-rate":            {value: (*parser).setProgressRate},
	"--verbosity":                {value: (*parser).setVerbosity},
	"-v":                         {value: (*parser).setVerbosity},
	"--allow-source-mismatch":    flag(func(a *Args) { a.AllowMismatch = true }),
	"--copy-links":               flag(func(a *Args) { a.CopyLinks = true }),
	"-L":                         flag(func(a *Args) { a.CopyLinks = true }),
	"--numeric-owner":            flag(func(a *Args) { a.NumericOwner = true }),
	"--do-not-restore-ownership": flag(func(a *Args) { a.NoOwnership = true }),
	"--no-restore-ownership":     flag(func(a *Args) { a.NoOwnership = true }),
	"--no-undo":                  flag(func(a *Args) { a.NoUndo = true }),
	"--compare-data":             flag(func(a *Args) { a.CompareData = true }),
	"--skip-if-no-change":        flag(func(a *Args) { a.SkipIfNoChange = true }),

	"--passphrase-file":    text(func(a *Args, v string) { a.PassphraseFile = v }),
	"--passphrase-command": text(func(a *Args, v string) { a.PassphraseCommand = v }),

	"--to-passphrase-file":    text(func(a *Args, v string) { a.ToPassphraseFile = v }),
	"--to-passphrase-command": text(func(a *Args, v string) { a.ToPassphraseCommand = v }),

	"--remember-key": {value: (*parser).setRememberKey},
	"--option":       {value: (*parser).setOption},
	"-o":             {value: (*parser).setOption},
	"--json":         flag(func(a *Args) { a.JSON = true }),
	"--recursive":    flag(func(a *Args) { a.Recursive = true }),
	"--print":        flag(func(a *Args) { a.Print = true }),
	"--paste":        flag(func(a *Args) { a.Paste = true }),
	"--remove-all":   flag(func(a *Args) { a.RemoveAll = true }),

	"--file-prefix":           text(func(a *Args, v string) { a.Prefix = v }),
	"--file-prefix-manifest":  text(func(a *Args, v string) { a.ManifestPrefix = v }),
	"--file-prefix-archive":   text(func(a *Args, v string) { a.ArchivePrefix = v }),
	"--file-prefix-signature": text(func(a *Args, v string) { a.SignaturePrefix = v }),
	"--time-separator":        text(func(a *Args, v string) { a.TimeSeparator = v }),
	"--current-time":          {value: (*parser).setCurrentTime},

	"--include":            rule(selection.IncludeGlob),
	"--exclude":            rule(selection.ExcludeGlob),
	"--include-regexp":     rule(selection.IncludeRegexp),
	"--exclude-regexp":     rule(selection.ExcludeRegexp),
	"--exclude-if-present": rule(selection.ExcludeIfPresent),
	"--include-filelist":   {value: func(p *parser, v string) error { return p.addList(v, true) }},
	"--exclude-filelist":   {value: func(p *parser, v string) error { return p.addList(v, false) }},
	"--exclude-older-than": {value: (*parser).addOlderThan},
	"--exclude-device-files": flag(func(a *Args) {
		a.Rules = append(a.Rules, selection.ExcludeDeviceFiles())
	}),
	"--exclude-other-filesystems": flag(func(a *Args) {
		a.Rules = append(a.Rules, selection.ExcludeOtherFileSystems())
	}),
	"--null-separator": {flag: func(p *parser) { p.nulls = true }},

	"--help":    flag(func(a *Args) { a.Action = Help }),
	"-h":        flag(func(a *Args) { a.Action = Help }),
	"-?":        flag(func(a *Args) { a.Action = Help }),
	"--version": flag(func(a *Args) { a.Action = Version }),
	"-V":        flag(func(a *Args) { a.Action = Version }),
})

// joined is all of two lists of options.
func joined(a, b map[string]option) map[string]option {
	maps.Copy(a, b)
	return a
}

// unserved are options of duplicity that would change what is stored or
// where, and that this version cannot honour.
var unserved = []string{
	"--asynchronous-upload", "--concurrency", "--exclude-globbing-filelist",
	"--gpg-options", "--gpg-binary", "--use-agent", "--metadata-sync-mode",
	"--rename", "--files-from", "--include-globbing-filelist", "--ignore-errors", "--log-fd", "--par2-options", "--par2-redundancy",
	"--short-filenames", "--old-filenames", "--encrypt-secret-keyring", "--jsonstat",
	"--no-print-statistics", "--no-files-changed", "--show-changes-in-set", "--extra-clean", "--hidden-recipient",
}

// read sorts a command line into options and words.
func (p *parser) read(line []string) error {
	for i := 0; i < len(line); i++ {
		word := line[i]
		if word == "--" {
			p.words = append(p.words, line[i+1:]...)
			return nil
		}
		if word == "-" || !strings.HasPrefix(word, "-") {
			p.words = append(p.words, word)
			continue
		}
		name, value, given := splitOption(word)
		o, ok := options[name]
		if name == "--retention" && isForSync(line) {
			o = syncOptions()[name]
		}
		if !ok {
			o, ok = p.ofDestination(name)
		}
		switch {
		case !ok:
			return unknown(name)
		case o.flag != nil && given:
			return usage("%s takes no value", name)
		case o.flag != nil:
			o.flag(p)
			continue
		case o.optional && !given:
			value = "true"
			if i+1 < len(line) && isSwitch(line[i+1]) {
				i++
				value = line[i]
			}
		case !given && i+1 == len(line):
			return usage("%s needs a value", name)
		case !given:
			i++
			value = line[i]
		}
		if err := o.value(p, value); err != nil {
			return err
		}
		for o.more != nil && i+1 < len(line) && o.more(line[i+1]) {
			i++
			if err := o.value(p, line[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// ofDestination makes an option of what a kind of destination has. Whether it
// is one of the kind that is used is told when that is opened.
func (p *parser) ofDestination(dashed string) (option, bool) {
	name, long := strings.CutPrefix(dashed, "--")
	if !long || p.in.Destination == nil {
		return option{}, false
	}
	known, isSwitch := p.in.Destination(name)
	switch {
	case !known:
		return option{}, false
	case isSwitch:
		return option{flag: func(p *parser) { p.set(name, "true") }}, true
	}
	return option{value: func(p *parser, v string) error { p.set(name, v); return nil }}, true
}

// set notes an option of the destination. What is given more than once is put
// together, as duplicity does with --ssh-options.
func (p *parser) set(name, value string) {
	if p.args.Options == nil {
		p.args.Options = map[string]string{}
	}
	if before := p.args.Options[name]; before != "" && strings.HasSuffix(name, "-options") {
		value = before + " " + value
	}
	p.args.Options[name] = value
}

// setOption takes NAME=VALUE.
func (p *parser) setOption(v string) error {
	name, value, ok := strings.Cut(v, "=")
	if !ok || name == "" {
		return usage("--option takes NAME=VALUE, not %q", v)
	}
	p.set(name, value)
	return nil
}

// splitOption parts "--name=value", and "-v9".
func splitOption(word string) (name, value string, given bool) {
	if strings.HasPrefix(word, "--") {
		return cut3(word)
	}
	if len(word) > 2 {
		return word[:2], strings.TrimPrefix(word[2:], "="), true
	}
	return word, "", false
}

func cut3(word string) (string, string, bool) { return strings.Cut(word, "=") }

// unknown explains an option that is not served.
func unknown(name string) error {
	if slices.Contains(unserved, name) {
		return usage("%s is an option of duplicity that this version of Varve does not have", name)
	}
	best, distance := "", 4
	for known := range options {
		if d := editDistance(name, known); d < distance || d == distance && known < best {
			best, distance = known, d
		}
	}
	if best != "" && len(name) > 3 {
		return usage("there is no option %s; did you mean %s?", name, best)
	}
	return usage("there is no option %s", name)
}

// editDistance counts the letters to change between two short words.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

func (p *parser) setTime(v string) (err error) {
	p.args.Time, err = p.moment("--time", v)
	return err
}

// moment takes a time, or else the name of a version or its beginning. What can
// be read as a time is one.
func (p *parser) moment(name, v string) (Moment, error) {
	if isVersion(v) && len(v) <= shortName && strings.Trim(v, "0123456789") == "" {
		return Moment{ID: v}, nil
	}
	t, err := p.time(name, v)
	if err != nil && isVersion(v) {
		return Moment{ID: v}, nil
	}
	return Moment{Time: t}, err
}

// shortName is how long the names in a list of versions are. One in forty has
// digits only, and would be seconds of before April 1973: a time that no version
// has.
const shortName = 8

// isVersion tells whether a word can be the name of a deduplicated version, or
// latest. The name of one of volumes is a time.
func isVersion(v string) bool {
	return v == "latest" || len(v) >= 4 && len(v) <= 64 && strings.Trim(v, "0123456789abcdef") == ""
}

func (p *parser) setCurrentTime(v string) (err error) {
	p.args.CurrentTime, err = p.time("--current-time", v)
	return err
}

func (p *parser) time(name, v string) (time.Time, error) {
	t, err := timespec.Parse(v, p.in.Now, p.in.Zone)
	if err != nil {
		return t, usage("%s: %v", name, err)
	}
	return t, nil
}

func (p *parser) setFullIfOlder(v string) (err error) {
	if p.args.FullIfOlderThan, err = timespec.ParseInterval(v); err != nil {
		return usage("--full-if-older-than %q is no interval: use 30D, 4W or 1h78m", v)
	}
	return nil
}

// setRememberKey takes an interval of up to a day: longer is what a keyring is
// for.
func (p *parser) setRememberKey(v string) (err error) {
	if v == "0" {
		p.args.RememberKey = 0
		return nil
	}
	p.args.RememberKey, err = timespec.ParseInterval(v)
	if err != nil || p.args.RememberKey > 24*time.Hour {
		return usage("--remember-key %q is no interval of up to 1D, such as 10m, and not 0", v)
	}
	return nil
}

// setFormat takes the names of the programs whose formats they are.
func (p *parser) setFormat(v string) error {
	if v != FormatDuplicity && v != FormatRestic {
		return usage("--format is %s or %s, not %q", FormatDuplicity, FormatRestic, v)
	}
	p.args.Format = v
	return nil
}

// setVolumeSize takes mebibytes, as duplicity counts them.
func (p *parser) setVolumeSize(v string) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 || n > 1<<20 {
		return usage("--volsize %q is no number of megabytes", v)
	}
	p.args.VolumeSize = n << 20
	return nil
}

func (p *parser) setBlockSize(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 512 || n > 1<<20 {
		return usage("--max-blocksize %q is no number of bytes from 512 on", v)
	}
	p.args.MaxBlockSize = n
	return nil
}

func (p *parser) setProgressRate(v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 3600 {
		return usage("--progress-rate %q is no number of seconds", v)
	}
	p.args.ProgressRate = time.Duration(n) * time.Second
	return nil
}

// verbosities are the words for levels, of which the first letter is enough.
var verbosities = map[byte]int{'e': 0, 'w': 2, 'n': 4, 'i': 8, 'd': 9}

func (p *parser) setVerbosity(v string) error {
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n <= 9 {
		p.args.Verbosity = n
		return nil
	}
	words := []string{"error", "warning", "notice", "info", "debug"}
	if v != "" && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, strings.ToLower(v)) }) {
		p.args.Verbosity = verbosities[strings.ToLower(v)[0]]
		return nil
	}
	return usage("--verbosity %q is no level: use 0 to 9, or error, warning, notice, info, debug", v)
}

func (p *parser) addOlderThan(v string) error {
	t, err := p.time("--exclude-older-than", v)
	p.args.Rules = append(p.args.Rules, selection.ExcludeOlderThan(t))
	return err
}

// addList keeps the place of a list among the rules.
func (p *parser) addList(path string, include bool) error {
	p.lists = append(p.lists, pendingList{len(p.args.Rules), path})
	p.args.Rules = append(p.args.Rules, selection.Filelist(include, nil))
	return nil
}

// readLists reads the lists. --null-separator counts for all of them,
// wherever it stands.
func (p *parser) readLists() error {
	for _, l := range p.lists {
		f, err := p.in.Open(l.path)
		if err != nil {
			return &ListError{fmt.Errorf("reading the list %s: %w", l.path, err)}
		}
		lines, err := selection.ReadFilelist(f, p.nulls)
		if err := errors.Join(err, f.Close()); err != nil {
			return &ListError{fmt.Errorf("reading the list %s: %w", l.path, err)}
		}
		p.args.Rules[l.rule].Lines = lines
	}
	return nil
}

// ListError is a list of files that cannot be read.
type ListError struct{ Err error }

// Error says which one.
func (e *ListError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ListError) Unwrap() error { return e.Err }
