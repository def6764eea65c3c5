package session

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/repository"
	"github.com/varve-backup/varve/engine/topics"
	"github.com/varve-backup/varve/settings"
)

// files are what the newest version of a job holds.
func (p *person) files(a Archive) (paths []string) {
	p.t.Helper()
	tree, err := p.s.engine.Browse(p.t.Context(), p.s.reach(p.t.Context(), a), engine.Moment{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer tree.Close()
	for e, err := range tree.Walk(p.t.Context(), "") {
		if err != nil {
			p.t.Fatal(err)
		}
		if e.Type == repository.File {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

// fill makes a home with what is worth a backup and what is not.
func (p *person) fill() {
	p.t.Setenv("HOME", p.dir)
	p.t.Setenv("XDG_CACHE_HOME", "")
	for name, content := range map[string]string{
		".cache/thumbnails/1": "a picture", "Code/app/main.go": "package main", "Code/app/node_modules/x/index.js": "module",
		"Code/disk.iso": "four gigabytes", "Code/keep.iso": "a keepsake", "Code/Raw/1": "large", "Code/Raw/best/2": "beloved", "Music/keep.iso": "not chosen",
	} {
		p.write(name, content)
	}
	p.write("Code/app/obj/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55")
	p.write("Code/app/obj/1.o", "object")
}

func (p *person) someRules() []settings.Rule {
	return []settings.Rule{
		{Kind: "glob", Include: true, Pattern: "**/keep.iso"},
		{Kind: "glob", Pattern: "**/*.iso"},
		LeaveOut(topics.Builds), LeaveOut(topics.Caches),
		FolderRule(filepath.Join(p.dir, "Code/Raw"), false), FolderRule(filepath.Join(p.dir, "Code/Raw/best"), true),
	}
}

// What a preview says is what the archive holds afterwards.
func TestPreviewSaysWhatTheArchiveHolds(t *testing.T) {
	for _, passphrase := range []string{"", "seven green boats"} {
		p := newPerson(t)
		p.fill()
		folders, rules := []string{filepath.Join(p.dir, "Letters"), filepath.Join(p.dir, "Code")}, p.someRules()
		v, err := p.s.Preview(t.Context(), folders, rules, func(Preview) {})
		if err != nil {
			t.Fatal(err)
		}
		var out []int64
		for _, tally := range v.Rules {
			out = append(out, tally.Files)
		}
		if want := []int64{1, 1, 1, 2, 1, 0}; !slices.Equal(out, want) || v.Root != p.dir || v.Top == nil {
			t.Errorf("the rules decided on %v, want %v", out, want)
		}
		n := NewJob{Folders: folders, Rules: rules, Choice: Choice{Destination: filepath.Join(p.dir, "Drive")}, Encrypted: passphrase != "", Passphrase: passphrase}
		id, err := p.s.AddJob(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		p.backUp(id)
		j, err := p.s.store.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got := p.files(ArchiveOf(&j))
		want := []string{"Code/Raw/best/2", "Code/app/main.go", "Code/keep.iso", "Letters/2026/to Ada.txt", "Letters/diary.txt"}
		if !slices.Equal(got, want) || v.Kept.Files != int64(len(got)) {
			t.Errorf("the archive holds %q, and %d files were foretold", got, v.Kept.Files)
		}
	}
}

// Who changes the folders of a backup means it: the next version goes on with
// those, and so does the one after it.
func TestSourcesCanBeChanged(t *testing.T) {
	for _, passphrase := range []string{"", "seven green boats"} {
		p := newPerson(t)
		p.fill()
		id, _ := p.job(passphrase)
		p.backUp(id)
		folders := []string{filepath.Join(p.dir, "Letters"), filepath.Join(p.dir, "Code")}
		if err := p.s.SetSources(t.Context(), id, folders, p.someRules()); err != nil {
			t.Fatal(err)
		}
		for _, content := range []string{"second", "and third"} {
			p.write("Letters/diary.txt", content)
			p.backUp(id)
			jobs, err := p.s.Jobs(t.Context())
			if err != nil || jobs[0].Runs[0].Outcome != settings.Fine || jobs[0].Name != "Letters and Code" {
				t.Fatalf("the run ended with %+v, %v", jobs[0].Runs[0], err)
			}
			if got := p.files(ArchiveOf(&jobs[0].Job)); len(got) != 5 {
				t.Errorf("the archive holds %q", got)
			}
		}
		if passphrase == "" {
			back := filepath.Join(p.dir, "back")
			p.program(nil, "duplicity", "restore", "--no-encryption", "file://"+filepath.Join(p.dir, "Drive"), back)
			if got, err := os.ReadFile(filepath.Join(back, "Code/Raw/best/2")); string(got) != "beloved" {
				t.Errorf("duplicity brought back %q, %v", got, err)
			}
		}
		for _, wrong := range []struct {
			folders []string
			rules   []settings.Rule
		}{
			{nil, nil}, {[]string{"Letters"}, nil}, {folders[:1], []settings.Rule{{Kind: "glob", Pattern: "*.iso"}}},
		} {
			err := p.s.SetSources(t.Context(), id, wrong.folders, wrong.rules)
			if e, ok := errors.AsType[*engine.Error](err); !ok || e.Kind != engine.Invalid {
				t.Errorf("%+v was answered by %v", wrong, err)
			}
		}
	}
}

func TestRuleTrouble(t *testing.T) {
	for pattern, want := range map[string]string{
		"**/*.iso": "", "/home/ada/x": "", "*.iso": "**/*.iso", "/srv/x": "outside", "": "Nothing stands here", "/home/ada//x": "Two slashes", "**[b-a]": "can be read",
	} {
		got := RuleTrouble([]string{"/home/ada"}, settings.Rule{Kind: "glob", Pattern: pattern})
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q", pattern, got)
		}
	}
}

// A count that nobody waits for ends.
func TestPreviewIsCancelled(t *testing.T) {
	p := newPerson(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.s.Preview(ctx, []string{p.dir}, nil, func(Preview) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := p.s.Preview(t.Context(), []string{filepath.Join(p.dir, "nowhere")}, nil, nil); !errors.Is(err, fs.ErrNotExist) && err == nil {
		t.Error("a folder that is not there was counted")
	}
}
