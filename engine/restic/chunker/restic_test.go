package chunker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// realRestic runs the installed restic on a repository of its own, in the folder
// that holds the files to store.
type realRestic struct {
	t    *testing.T
	work string
}

func (r realRestic) run(args ...string) []byte {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "restic", append([]string{"--no-cache"}, args...)...)
	cmd.Dir = r.work
	cmd.Env = append(os.Environ(), "RESTIC_PASSWORD=test", "RESTIC_REPOSITORY="+filepath.Join(r.work, "repository"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("restic %v: %v\n%s", args, err, stderr.Bytes())
	}
	return out
}

func (r realRestic) read(into any, args ...string) {
	r.t.Helper()
	if err := json.Unmarshal(r.run(args...), into); err != nil {
		r.t.Fatalf("restic %v: %v", args, err)
	}
}

// stored returns the polynomial restic drew and the chunks of each file: a blob's
// ID is the SHA-256 of its content, so equal IDs are equal cuts.
func (r realRestic) stored(folder string) (p Polynomial, contents map[string][]string) {
	r.t.Helper()
	r.run("init")
	r.run("backup", folder)
	var config struct {
		Polynomial string `json:"chunker_polynomial"`
	}
	r.read(&config, "cat", "config")
	p, err := ParsePolynomial(config.Polynomial)
	if err != nil {
		r.t.Fatal(err)
	}
	return p, r.contents()
}

func (r realRestic) contents() map[string][]string {
	r.t.Helper()
	var snapshots []struct{ Tree string }
	r.read(&snapshots, "snapshots", "--json")
	type tree struct {
		Nodes []struct {
			Name, Subtree string
			Content       []string
		}
	}
	var root, files tree
	r.read(&root, "cat", "blob", snapshots[0].Tree)
	r.read(&files, "cat", "blob", root.Nodes[0].Subtree)
	contents := map[string][]string{}
	for _, node := range files.Nodes {
		contents[node.Name] = node.Content
	}
	return contents
}

func TestResticCutsTheSame(t *testing.T) {
	random := noise(30<<20, 8)
	files := map[string][]byte{
		"empty":      nil,
		"small":      random[:MinSize-1],
		"minimum":    random[100 : 100+MinSize],
		"above":      random[200 : 200+MinSize+1],
		"random":     random,
		"zeros":      make([]byte, 2<<20+5),
		"period":     bytes.Repeat(random[:777777], 4),
		"plain":      plain(MaxSize + 1000),
		"with zeros": slices.Concat(random[:3<<20], make([]byte, 1<<20+3), random[4<<20:6<<20]),
	}
	restic := realRestic{t: t, work: t.TempDir()}
	if err := os.Mkdir(filepath.Join(restic.work, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(restic.work, "files", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, contents := restic.stored("files")
	for name, data := range files {
		if got, want := ids(NewTables(p), data), contents[name]; !slices.Equal(got, want) {
			t.Errorf("%s with %s: got %v, restic has %v", name, p, got, want)
		}
	}
}

func ids(t *Tables, data []byte) (ids []string) {
	for _, n := range cuts(t, data) {
		sum := sha256.Sum256(data[:n])
		ids = append(ids, hex.EncodeToString(sum[:]))
		data = data[n:]
	}
	return ids
}
