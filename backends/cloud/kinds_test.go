package cloud_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/cloud"
)

// What people read is in our words, and every option can be explained.
func TestKindsAreDescribed(t *testing.T) {
	var schemes []string
	for _, k := range cloud.Kinds() {
		schemes = append(schemes, k.Schemes...)
		if k.Name == "" || k.Title == "" || k.Form == "" || k.Note == "" || k.Open == nil {
			t.Errorf("%q is not described", k.Name)
		}
		shown := 0
		for _, o := range slices.Concat(k.Options, k.Flags) {
			described(t, k, o)
			if !o.Advanced {
				shown++
			}
		}
		if len(k.Options) > 0 && shown > 30 {
			t.Errorf("%s shows %d options", k.Name, shown)
		}
	}
	if slices.Sort(schemes); len(slices.Compact(slices.Clone(schemes))) != len(schemes) {
		t.Errorf("a scheme is of two kinds: %q", schemes)
	}
}

var foreign = regexp.MustCompile(`(?i)rclone`)

func described(t *testing.T, k backends.Kind, o backends.Option) {
	t.Helper()
	if o.Name == "" || o.Title == "" || o.Help == "" || strings.ContainsAny(o.Name, "_ ") {
		t.Errorf("%s: option %+v is not described", k.Name, o)
	}
	text := o.Title + o.Help
	for _, c := range o.Choices {
		text += c.Help
	}
	if k.Name != "rclone" && foreign.MatchString(text) {
		t.Errorf("%s: %s speaks of another program: %s", k.Name, o.Name, text)
	}
	if o.Default != "" && !o.Closed {
		if err := o.Check(o.Default); err != nil {
			t.Errorf("%s: the default of %s cannot be set: %v", k.Name, o.Name, err)
		}
	}
}

// The library would make a folder for its configuration when a program starts.
func TestNothingAppearsAtHome(t *testing.T) {
	if os.Getenv("VARVE_TEST_HOME") != "" {
		if _, set := os.LookupEnv("RCLONE_CONFIG"); set {
			t.Error("programs that we start would see RCLONE_CONFIG")
		}
		return // importing the package is the test
	}
	home := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingAppearsAtHome$")
	cmd.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "VARVE_TEST_HOME=1", "PATH=" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	entries, err := os.ReadDir(home)
	if err != nil || len(entries) > 0 {
		t.Errorf("%v appeared, %v", entries, err)
	}
}
