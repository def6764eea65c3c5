package filename

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// strict are names that duplicity takes for its own and we do not: side files
// of other programs.
var strict = map[string]bool{
	"duplicity-full.20231114T221320Z.vol1.difftar.gpg.par2":        true,
	"duplicity-full.20231114T221320Z.vol1.difftar.gpg.vol0+1.par2": true,
	"duplicity-full.20231114T221320Z.manifest.bak":                 true,
	"duplicity-full.20231114T221320Z.vol1.difftar.zst":             true,
	"duplicity-full.20231114T221320Z.manifest.GPG":                 true,
	"duplicity-full.20231114T221320Z.vol1.difftar.pgz":             true,
	"duplicity-full.20231114T221320Z.vol3.difftar.part":            true,
	"duplicity-full.20231114T221320Z.vol3.difftar.part.gpg":        true,
}

// testdata/filenames.tsv is what duplicity's own parser said of each name.
func TestParseAgreesWithDuplicity(t *testing.T) {
	f, err := os.Open("testdata/filenames.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	rows := 0
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		rows++
		checkRow(t, strings.Split(lines.Text(), "\t"))
	}
	if rows < 80 {
		t.Fatalf("only %d rows", rows)
	}
}

func checkRow(t *testing.T, row []string) {
	t.Helper()
	got, ok := Naming{}.Parse(row[0])
	if len(row) < 10 || strict[row[0]] {
		if ok {
			t.Errorf("%s: parsed as %+v, want none", row[0], got)
		}
		return
	}
	want := Name{Full: strings.HasPrefix(row[1], "full")}
	for _, column := range row[2:5] {
		if column == "-" {
			continue
		}
		v, _ := strconv.ParseInt(column, 10, 64)
		want.Start, want.End = want.End, time.Unix(v, 0).UTC()
	}
	want.Volume, _ = strconv.Atoi(row[5])
	want.Partial, want.Encrypted, want.Compressed = row[7] == "1", row[8] == "1", row[9] == "1"
	switch {
	case strings.HasSuffix(row[1], "sig"):
		want.Kind = Signature
	case strings.HasSuffix(row[1], "stat"):
		want.Kind = Statistics
	case row[6] == "1":
		want.Kind = Manifest
	default:
		want.Kind = Volume
	}
	if !ok || got != want {
		t.Errorf("%s:\n got %+v %v\nwant %+v", row[0], got, ok, want)
	}
	if name := (Naming{}).Format(got); name != row[0] && strings.HasPrefix(row[0], "duplicity-") && !variant[row[0]] {
		t.Errorf("%s is written as %s", row[0], name)
	}
}

// variant are long names that are read, and written in another way.
var variant = map[string]bool{
	"duplicity-full.20231114T221320Z.vol007.difftar.gpg":    true,
	"duplicity-full.20231114t221320z.vol1.difftar.gz":       true,
	"duplicity-full.2023-11-14T22:13:20Z.vol1.difftar.gz":   true,
	"duplicity-full.2023-11-14T17:13:20-05:00.manifest.gpg": true,
	"duplicity-full.1700000000.vol1.difftar.gz":             true,
}

// Every kind is written with the prefixes of its kind, and read with them.
func TestFormatWithPrefixes(t *testing.T) {
	n := Naming{Prefix: "p-", ArchivePrefix: "a-", ManifestPrefix: "m-", SignaturePrefix: "s-", StatisticsPrefix: "t-"}
	start, end := time.Unix(1700000000, 0).UTC(), time.Unix(1700003600, 0).UTC()
	for want, f := range map[string]Name{
		"p-a-duplicity-full.20231114T221320Z.vol12.difftar.gpg":                            {Kind: Volume, Full: true, End: start, Volume: 12, Encrypted: true},
		"p-a-duplicity-inc.20231114T221320Z.to.20231114T231320Z.vol1.difftar":              {Kind: Volume, Start: start, End: end, Volume: 1},
		"p-m-duplicity-inc.20231114T221320Z.to.20231114T231320Z.manifest.part":             {Kind: Manifest, Start: start, End: end, Partial: true},
		"p-s-duplicity-full-signatures.20231114T221320Z.sigtar.gz":                         {Kind: Signature, Full: true, End: start, Compressed: true},
		"p-s-duplicity-new-signatures.20231114T221320Z.to.20231114T231320Z.sigtar.part.gz": {Kind: Signature, Start: start, End: end, Partial: true, Compressed: true},
		"p-t-duplicity-full.20231114T221320Z.jsonstat":                                     {Kind: Statistics, Full: true, End: start},
	} {
		if got := n.Format(f); got != want {
			t.Errorf("Format(%+v) = %s, want %s", f, got, want)
		}
		if got, ok := n.Parse(want); got != f || !ok {
			t.Errorf("Parse(%s) = %+v, %v, want %+v", want, got, ok, f)
		}
	}
}

func TestPrefixesAndSeparators(t *testing.T) {
	n := Naming{Prefix: "pre-", ArchivePrefix: "arc-", ManifestPrefix: "man-", SignaturePrefix: "sig-", TimeSeparator: "_"}
	for name, want := range map[string]Kind{
		"pre-arc-duplicity-full.20231114T221320Z.vol1.difftar.gz":      Volume,
		"pre-man-duplicity-full.20231114T221320Z.manifest":             Manifest,
		"pre-sig-duplicity-full-signatures.20231114T221320Z.sigtar.gz": Signature,
		"pre-arc-duplicity-full.2023-11-14T22_13_20Z.vol1.difftar.gz":  Volume,
		"pre-man-duplicity-full.2023-11-14T17_13_20-05_00.manifest":    Manifest,
		"pre-sig-duplicity-full.20231114T221320Z.manifest":             0,
		"duplicity-full.20231114T221320Z.manifest":                     0,
		"pre-man-duplicity-full.2023-11-14T22:13:20Z.manifest":         0,
	} {
		f, ok := n.Parse(name)
		if f.Kind != want || ok != (want != 0) {
			t.Errorf("Parse(%q) = %+v, %v; want kind %d", name, f, ok, want)
		}
		if ok && f.End.Unix() != 1700000000 {
			t.Errorf("Parse(%q) has time %v", name, f.End)
		}
	}
}

func FuzzParse(f *testing.F) {
	b, err := os.ReadFile("testdata/filenames.tsv")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		name, _, _ := strings.Cut(line, "\t")
		f.Add(name, "", "", "")
		f.Add("p-a_"+name, "_", "p-", "a_")
	}
	f.Fuzz(func(t *testing.T, name, separator, prefix, second string) {
		n := Naming{TimeSeparator: separator, Prefix: prefix, ArchivePrefix: second, SignaturePrefix: prefix}
		parsed, ok := n.Parse(name)
		if !ok {
			return
		}
		again, ok := n.Parse(n.Format(parsed))
		if !ok || again != parsed {
			t.Errorf("%q is %+v, and written again %q is %+v", name, parsed, n.Format(parsed), again)
		}
	})
}
