package duplicityargs

import (
	"errors"
	"io"
	"io/fs"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/secret"
	"github.com/varve-backup/varve/engine/selection"
)

var now = time.Unix(1700000000, 0)

func parse(line ...string) (*Args, error) {
	return Parse(line, Surroundings{
		Env: func(name string) string {
			return map[string]string{"PASSPHRASE": "one\ntwo", "SIGN_PASSPHRASE": "sign"}[name]
		},
		Now: now, Zone: time.UTC,
		Open: func(path string) (io.ReadCloser, error) {
			if path != "list" {
				return nil, fs.ErrNotExist
			}
			return io.NopCloser(strings.NewReader("+ /src/a\n/src/b\n")), nil
		},
	})
}

func TestActions(t *testing.T) {
	const url = "file:///repo"
	for line, want := range map[string]Args{
		"/src " + url:                     {Action: Backup, Folder: "/src", URL: url},
		url + " /back":                    {Action: Restore, Folder: "/back", URL: url},
		"full /src " + url:                {Action: Full, Folder: "/src", URL: url},
		"incr /src " + url:                {Action: Incremental, Folder: "/src", URL: url},
		"incremental /src " + url:         {Action: Incremental, Folder: "/src", URL: url},
		"restore " + url + " /back":       {Action: Restore, Folder: "/back", URL: url},
		"verify " + url + " /src":         {Action: Verify, Folder: "/src", URL: url},
		"collection-status " + url:        {Action: Status, URL: url},
		"list-current-files " + url:       {Action: List, URL: url},
		"--dry-run full -v 8 /src " + url: {Action: Full, Folder: "/src", URL: url},
		"demo":                            {Action: Demo},
		"demo /x":                         {Action: Demo, Folder: "/x"},
		"licences":                        {Action: Licences},
		"":                                {Action: Help},
		"--help":                          {Action: Help},
		"-V":                              {Action: Version},
		"full -- -src " + url:             {Action: Full, Folder: "-src", URL: url},
	} {
		got, err := parse(strings.Fields(line)...)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		if got.Action != want.Action || got.Folder != want.Folder || got.URL != want.URL {
			t.Errorf("%q: got %s %s %s", line, got.Action, got.Folder, got.URL)
		}
	}
}

func TestOptions(t *testing.T) {
	for line, want := range map[string]Args{
		"--time 3D":                       {Time: Moment{Time: now.Add(-72 * time.Hour)}},
		"-t 1699999999":                   {Time: Moment{Time: now.Add(-time.Second)}},
		"-t1699999999":                    {Time: Moment{Time: now.Add(-time.Second)}},
		"--restore-time=now":              {Time: Moment{Time: now}},
		"--file-to-restore a/b":           {Path: "a/b"},
		"--path-to-restore=a/b":           {Path: "a/b"},
		"-r a/b":                          {Path: "a/b"},
		"--volsize 5":                     {VolumeSize: 5 << 20},
		"--encrypt-key A --encrypt-key B": {EncryptKeys: []string{"A", "B"}},
		"--hidden-encrypt-key A":          {HiddenKeys: []string{"A"}},
		"--sign-key A":                    {SignKey: "A"},
		"--encrypt-sign-key A":            {EncryptKeys: []string{"A"}, SignKey: "A"},
		"--no-encryption":                 {NoEncryption: true},
		"--no-compression":                {NoCompression: true},
		"--archive-dir /x --name y":       {ArchiveDir: "/x", Name: "y"},
		"--tempdir /x":                    {TempDir: "/x"},
		"--log-file /x":                   {LogFile: "/x"},
		"--full-if-older-than 1M":         {FullIfOlderThan: 30 * 24 * time.Hour},
		"--dry-run --force":               {DryRun: true, Force: true},
		"--progress --progress-rate 9":    {Progress: true, ProgressRate: 9 * time.Second},
		"--verbosity debug":               {Verbosity: 9},
		"-v2":                             {Verbosity: 2},
		"-v i":                            {Verbosity: 8},
		"--allow-source-mismatch":         {AllowMismatch: true},
		"--copy-links":                    {CopyLinks: true},
		"-L":                              {CopyLinks: true},
		"--numeric-owner":                 {NumericOwner: true},
		"--do-not-restore-ownership":      {NoOwnership: true},
		"--compare-data":                  {CompareData: true},
		"--skip-if-no-change":             {SkipIfNoChange: true},
		"--remember-key 1h30m":            {RememberKey: 90 * time.Minute},
		"--max-blocksize 4096":            {MaxBlockSize: 4096},
		"--current-time 1600000000":       {CurrentTime: time.Unix(1600000000, 0)},
		"--time-separator _":              {TimeSeparator: "_"},
		"--file-prefix a --file-prefix-manifest b --file-prefix-archive c --file-prefix-signature d": {Prefix: "a", ManifestPrefix: "b", ArchivePrefix: "c", SignaturePrefix: "d"},
		"--exclude /src/a --include-regexp b --exclude-if-present c --exclude-device-files --exclude-other-filesystems --exclude-older-than 0": {Rules: []selection.Condition{
			selection.ExcludeGlob("/src/a"), selection.IncludeRegexp("b"), selection.ExcludeIfPresent("c"),
			selection.ExcludeDeviceFiles(), selection.ExcludeOtherFileSystems(), selection.ExcludeOlderThan(time.Unix(0, 0)),
		}},
		"--include-filelist list --exclude **": {Rules: []selection.Condition{
			selection.Filelist(true, []string{"+ /src/a", "/src/b"}), selection.ExcludeGlob("**"),
		}},
	} {
		got, err := parse(append([]string{"/src", "file:///repo"}, strings.Fields(line)...)...)
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		want.Action, want.Folder, want.URL = Backup, "/src", "file:///repo"
		want.Passphrase, want.SignPassphrase = secret.New("one"), secret.New("sign")
		if want.Verbosity == 0 {
			want.Verbosity = 4
		}
		if want.RememberKey == 0 {
			want.RememberKey = 10 * time.Minute
		}
		if want.ProgressRate == 0 {
			want.ProgressRate = 3 * time.Second
		}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", line, *got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for line, says := range map[string]string{
		"/src /repo":                                     "file:///folder",
		"file:///a file:///b":                            "must be a folder",
		"full file:///repo /src":                         "in this order",
		"full /src":                                      "takes a folder and a URL",
		"cleanup /x":                                     "takes one URL",
		"remove-older-than file:///x":                    "takes a time and a URL",
		"remove-older-than file:///x 3D":                 "takes a time and a URL",
		"remove-older-than soon file:///x":               "not a time",
		"remove-all-but-n-full 0 file:///x":              "from 1 on",
		"remove-all-inc-of-but-n-full many file:///x":    "from 1 on",
		"/src file:///x --volsiz 5":                      "did you mean --volsize?",
		"/src file:///x --volsize":                       "needs a value",
		"/src file:///x --volsize five":                  "no number of megabytes",
		"/src file:///x --force=yes":                     "takes no value",
		"/src file:///x --asynchronous-upload":           "option of duplicity",
		"/src file:///x -t yesterday":                    "not a time",
		"/src file:///x -v loud":                         "no level",
		"/src file:///x --name a/b":                      "no name of a folder",
		"/src file:///x --full-if-older-than 1":          "no interval",
		"/src file:///x --remember-key 2D":               "up to 1D",
		"/src file:///x --remember-key now":              "no interval",
		"/src file:///x --no-encryption --encrypt-key A": "contradict",
	} {
		_, err := parse(strings.Fields(line)...)
		if _, is := errors.AsType[*UsageError](err); !is || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want a line with %q", line, err, says)
		}
	}
	if _, err := parse("/src", "file:///x", "--exclude-filelist", "missing"); err == nil {
		t.Error("a list that is not there was read")
	}
}

// The help names every option that there is, in lines that fit a terminal.
func TestUsageIsComplete(t *testing.T) {
	text := Usage()
	for name := range options {
		switch name {
		case "--restore-time", "--no-restore-ownership":
			continue // other words for an option that is named
		}
		if !strings.Contains(text, name) {
			t.Errorf("the help does not name %s", name)
		}
	}
	for line := range strings.Lines(text) {
		if len(line) > 81 {
			t.Errorf("too long: %s", line)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("full\x01/src\x01file:///x\x01--volsize=5")
	f.Add("-t\x013D\x01-v9\x01--")
	f.Add("sync\x01/a\x01sftp://h/b?c=d\x01--src-options\x01a=1\x01b=2\x01--confirm\x01false\x01--dst-options=quota-disable=")
	f.Fuzz(func(t *testing.T, line string) {
		a, err := parse(strings.Split(line, "\x01")...)
		if err == nil && a.Action == "" {
			t.Errorf("%q means nothing", line)
		}
	})
}
