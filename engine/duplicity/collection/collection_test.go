package collection

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/varve-backup/varve/engine/duplicity/filename"
)

// layout is a row of chain-cases.json: names at a destination, and what the
// real duplicity 0.8.22 makes of them.
type layout struct {
	Name   string   `json:"name"`
	Files  []string `json:"files"`
	Status struct {
		Secondary  [][]string `json:"secondary_chains"`
		Primary    []string   `json:"primary_chain"`
		Orphaned   int        `json:"orphaned_sets"`
		Incomplete int        `json:"incomplete_sets"`
	} `json:"status"`
	Next string `json:"next_backup"`
}

// differences are where we do otherwise on purpose.
var differences = map[string]struct {
	next       string
	chain      []string // the last one
	incomplete int
	why        string
}{
	"last inc lost its signature (valid set treated as incomplete)": {
		"full",
		[]string{"full 20231114T221320Z 1 noenc", "inc 20231114T231320Z 1 noenc", "inc 20231115T001320Z 1 noenc"},
		0,
		"the set can be restored, so it stays a version",
	},
	"last inc has signature but no manifest (crash between the two uploads)": {
		"inc from 20231114T231320Z", nil, 1, "the leftover signature is of no version and disturbs nothing",
	},
	"middle inc lost its manifest": {
		"inc from 20231114T221320Z", nil, 1, "the signatures of a set that is no version disturb nothing",
	},
	"first inc of two with the same start": {
		"inc from 20231115T001320Z", nil, 0, "the signatures of the set that was replaced disturb nothing",
	},
}

func TestBuildAgreesWithDuplicity(t *testing.T) {
	b, err := os.ReadFile("../testdata/chain-cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var layouts []layout
	if err := json.Unmarshal(b, &layouts); err != nil {
		t.Fatal(err)
	}
	if len(layouts) != 24 {
		t.Fatalf("%d layouts", len(layouts))
	}
	for _, l := range layouts {
		t.Run(l.Name, func(t *testing.T) { l.check(t) })
	}
}

func (l *layout) check(t *testing.T) {
	var files []File
	for _, name := range l.Files {
		if n, ok := (filename.Naming{}).Parse(name); ok {
			files = append(files, File{Stored: name, Name: n})
		}
	}
	c := Build(files)
	want := l.Status.Secondary
	if l.Status.Primary != nil {
		want = append(want, l.Status.Primary)
	}
	d, differs := differences[l.Name]
	if differs {
		l.Next, l.Status.Incomplete = d.next, d.incomplete
		if d.chain != nil {
			want[len(want)-1] = d.chain
		}
	}
	if got := describe(c.Chains); !sameChains(got, want) {
		t.Errorf("chains are\n%v\nwant\n%v", got, want)
	}
	if len(c.Orphaned) != l.Status.Orphaned || len(c.Incomplete) != l.Status.Incomplete {
		t.Errorf("%d orphaned, %d incomplete; want %d, %d", len(c.Orphaned), len(c.Incomplete), l.Status.Orphaned, l.Status.Incomplete)
	}
	next := "full"
	if a := c.Active(); a != nil {
		next = "inc from " + a.End().Format("20060102T150405Z")
	}
	if l.Next != "" && next != l.Next {
		t.Errorf("the next backup is %q, want %q", next, l.Next)
	}
}

// sameChains compares without the order: duplicity prints the matched chain
// last wherever it stands.
func sameChains(a, b [][]string) bool {
	sorted := func(x [][]string) []string {
		var s []string
		for _, c := range x {
			s = append(s, fmt.Sprint(c))
		}
		slices.Sort(s)
		return s
	}
	return slices.Equal(sorted(a), sorted(b))
}

func describe(chains []Chain) [][]string {
	var all [][]string
	for _, c := range chains {
		var sets []string
		for _, s := range c {
			kind, secret := "inc", "noenc"
			if s.Full {
				kind = "full"
			}
			if s.Encrypted {
				secret = "enc"
			}
			sets = append(sets, fmt.Sprintf("%s %s %d %s", kind, s.End.Format("20060102T150405Z"), len(s.Volumes), secret))
		}
		all = append(all, sets)
	}
	return all
}

// An unfinished run must not look like a version.
func TestPartialFilesMakeNoVersion(t *testing.T) {
	var files []File
	for _, name := range []string{
		"duplicity-full.20231114T221320Z.vol1.difftar.gz",
		"duplicity-full.20231114T221320Z.manifest.part",
		"duplicity-full-signatures.20231114T221320Z.sigtar.part",
	} {
		n, ok := filename.Naming{}.Parse(name)
		if !ok {
			t.Fatalf("%s is no name", name)
		}
		files = append(files, File{Stored: name, Name: n})
	}
	c := Build(files)
	if len(c.Chains) > 0 || len(c.Incomplete) != 1 || len(c.Leftover) > 0 {
		t.Errorf("got %+v", c)
	}
}

// Two files for one place: always the same one counts, however they are listed.
func TestTwoFilesForOnePlace(t *testing.T) {
	var files []File
	for _, name := range []string{
		"duplicity-full.20231114T221320Z.manifest", "duplicity-full.20231114T221320Z.manifest.gz",
		"duplicity-full.20231114T221320Z.vol007.difftar.gz", "duplicity-full.20231114T221320Z.vol7.difftar.gz",
		"duplicity-full-signatures.20231114T221320Z.sigtar", "duplicity-full-signatures.20231114T221320Z.sigtar.gz",
	} {
		n, ok := filename.Naming{}.Parse(name)
		if !ok {
			t.Fatalf("%s is no name", name)
		}
		files = append(files, File{Stored: name, Name: n, Size: int64(len(files) + 1)})
	}
	for range 2 {
		c := Build(files)
		if len(c.Chains) != 1 {
			t.Fatalf("got %+v", c)
		}
		s := c.Chains[0][0]
		if s.Manifest.Size != 1 || s.Volumes[7].Size != 3 || s.Signature.Size != 5 || s.Size() != 3 {
			t.Errorf("got %+v", s)
		}
		slices.Reverse(files)
	}
}

func TestGap(t *testing.T) {
	for _, row := range []struct {
		volumes []int
		want    int
	}{{[]int{1, 2, 3}, 0}, {[]int{1, 3}, 2}, {[]int{2, 3}, 1}, {nil, 1}} {
		s := Set{Volumes: map[int]File{}}
		for _, v := range row.volumes {
			s.Volumes[v] = File{}
		}
		if got := s.Gap(); got != row.want {
			t.Errorf("Gap of %v is %d, want %d", row.volumes, got, row.want)
		}
	}
}
