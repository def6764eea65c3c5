package collection

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// actions is what the real duplicity 0.8.22 deletes of a layout.
type actions struct {
	Name    string             `json:"name"`
	Files   []string           `json:"files"`
	Cleanup *deleted           `json:"cleanup_force"`
	Actions map[string]deleted `json:"actions"`
}

type deleted struct {
	Deleted []string `json:"deleted"`
}

// The rows where ours keeps what duplicity deletes although it can be
// restored. Nothing else differs.
const (
	newestStays = "the newest chain stays also when its signatures are missing: all versions would be gone"
	unsignedSet = "a last version without signatures can be restored"
	whichOrphan = "of two signatures for one place that of the version stays; for duplicity it depends on the listing"
)

var spared = map[string]map[string]string{ // layout: action: why
	"middle inc lost its signature":                                          {"remove-older-than": newestStays},
	"middle inc lost its manifest":                                           {"remove-older-than": newestStays},
	"last inc has signature but no manifest (crash between the two uploads)": {"remove-older-than": newestStays},
	"first inc of two with the same start":                                   {"remove-older-than": newestStays, "cleanup": whichOrphan},
	"newest full has no signature":                                           {"remove-older-than": newestStays},
	"the only inc lost its signature":                                        {"remove-older-than": newestStays},
	"last inc lost its signature (valid set treated as incomplete)":          {"cleanup": unsignedSet},
}

func TestRemovalsAgreeWithDuplicity(t *testing.T) {
	b, err := os.ReadFile("../testdata/chain-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var layouts []actions
	if err := json.Unmarshal(b, &layouts); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, l := range layouts {
		if l.Cleanup != nil {
			l.Actions["cleanup"] = *l.Cleanup
		}
		for line, want := range l.Actions {
			t.Run(l.Name+"/"+line, func(t *testing.T) {
				if why := l.check(t, line, want.Deleted); why != "" {
					t.Log("differs: " + why)
					used[l.Name+why] = true
				}
			})
		}
	}
	for name, rows := range spared {
		for action, why := range rows {
			if !used[name+why] {
				t.Errorf("%s of %q does not differ", action, name)
			}
		}
	}
}

// check compares, and returns why ours differs, "" when it does not.
func (l *actions) check(t *testing.T, line string, want []string) string {
	c, files := built(t, l.Files)
	r := act(t, c, line)
	var got []string
	for _, f := range r.Signatures {
		got = append(got, f.Stored)
	}
	for i := range r.Sets {
		for _, f := range FilesOf(&r.Sets[i], files) {
			got = append(got, f.Stored)
		}
	}
	slices.Sort(got)
	if slices.Equal(got, want) {
		return ""
	}
	action, _, _ := strings.Cut(line, " ")
	why := spared[l.Name][action]
	if why == "" {
		t.Fatalf("deletes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	l.mayDiffer(t, c, &r, why, got, want)
	return why
}

// mayDiffer checks that what differs is what the reason says.
func (l *actions) mayDiffer(t *testing.T, c *Collection, r *Removal, why string, got, want []string) {
	for _, name := range got {
		if !slices.Contains(want, name) && why != whichOrphan {
			t.Errorf("%s is deleted by ours alone", name)
		}
	}
	switch why {
	case newestStays:
		if r.Newest == nil || len(r.Sets) > 0 && len(c.Chains) < 2 {
			t.Errorf("the newest chain is not what stays: %+v", r)
		}
		for _, s := range r.Newest {
			if !slices.Contains(want, s.Manifest.Stored) {
				t.Errorf("duplicity does not delete %s", s.Manifest.Stored)
			}
		}
	case unsignedSet:
		if r.Unsigned == nil || !slices.Contains(want, r.Unsigned.Manifest.Stored) {
			t.Errorf("nothing is said: %+v", r)
		}
	case whichOrphan:
		if len(got) != 1 || len(want) != 1 || c.signed(nil)[got[0]] || !c.signed(nil)[want[0]] {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func built(t *testing.T, names []string) (*Collection, []File) {
	t.Helper()
	var files []File
	for _, name := range names {
		if n, ok := (filename.Naming{}).Parse(name); ok {
			files = append(files, File{Stored: name, Name: n})
		}
	}
	return Build(files), files
}

func act(t *testing.T, c *Collection, line string) Removal {
	t.Helper()
	name, value, _ := strings.Cut(line, " ")
	switch name {
	case "cleanup":
		return c.Extraneous()
	case "remove-older-than":
		at, err := time.Parse("20060102T150405Z", value)
		if err != nil {
			t.Fatal(err)
		}
		return c.OlderThan(at)
	}
	var n int
	if _, err := fmt.Sscan(value, &n); err != nil {
		t.Fatal(err)
	}
	if name == "remove-all-but-n-full" {
		return c.AllButFull(n)
	}
	return c.IncrementalsOfAllButFull(n)
}

// Stopped after any file, every version that stays is whole, and none that
// goes is listed with a hole.
func TestStoppingARemovalHarmsNothing(t *testing.T) {
	var names []string
	for _, full := range []string{"20231114T221320Z", "20231116T221320Z", "20231118T221320Z"} {
		inc := full[:7] + string(full[7]+1) + full[8:]
		names = append(names,
			"duplicity-full."+full+".vol1.difftar.gz", "duplicity-full."+full+".vol2.difftar.gz", "duplicity-full."+full+".manifest",
			"duplicity-full-signatures."+full+".sigtar.gz",
			"duplicity-inc."+full+".to."+inc+".vol1.difftar.gz", "duplicity-inc."+full+".to."+inc+".manifest",
			"duplicity-new-signatures."+full+".to."+inc+".sigtar.gz")
	}
	c, files := built(t, names)
	for _, r := range []Removal{c.AllButFull(1), c.IncrementalsOfAllButFull(1), Whole(c.Chains[:2]), c.OlderThan(c.Chains[2][0].End)} {
		order := slices.Clone(r.Signatures)
		for i := range r.Sets {
			order = append(order, FilesOf(&r.Sets[i], files)...)
		}
		if len(order) < 6 {
			t.Fatalf("deletes %d files", len(order))
		}
		for n := range order {
			left := slices.DeleteFunc(slices.Clone(files), func(f File) bool {
				return slices.ContainsFunc(order[:n+1], func(g File) bool { return f.Stored == g.Stored })
			})
			now := Build(left)
			if a := now.Active(); len(a) != 2 || !a.End().Equal(c.Chains[2].End()) {
				t.Fatalf("after %d: the active chain is %+v", n+1, a)
			}
			if len(now.Orphaned) > 0 || len(now.Incomplete) > 1 {
				t.Fatalf("after %d: %+v", n+1, now)
			}
			for _, chain := range now.Chains {
				for _, s := range chain {
					if s.Gap() != 0 || s.Full && len(s.Volumes) != 2 {
						t.Fatalf("after %d: %+v", n+1, s)
					}
				}
			}
		}
	}
}
