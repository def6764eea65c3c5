package destform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/ui/lang"
)

// Sort is which group of kinds a kind stands in.
type Sort int

// The groups, in the order in which they are shown.
const (
	Server Sort = iota
	Storage
	Drive
	Special
)

// Group is kinds that have something in common.
type Group struct {
	Sort   Sort
	Title  string
	Offers []Offer
}

// Offer is a kind to choose.
type Offer struct {
	Kind destination.Kind
	// Title and Line say what it is.
	Title, Line string
	// Preset is set in its form at first.
	Preset map[string]string
}

// Form is the form of what is offered.
func (o *Offer) Form() *Form {
	if o.Kind.Name == destination.Several {
		return NewList(o.Kind)
	}
	f := New(o.Kind)
	for key, value := range o.Preset {
		f.Set(key, value)
	}
	return f
}

var titles = map[Sort]string{
	Server: lang.Mark("A server of your own"), Storage: lang.Mark("A storage service"), Drive: lang.Mark("An account with a cloud drive"), Special: lang.Mark("Other ways"),
}

// sorts are of kinds whose form of address does not tell.
var sorts = map[string]Sort{
	"smb": Server, "imap": Server, "rsync": Server, "fish": Server,
	"s3": Storage, "b2": Storage, "azure": Storage, "gs": Storage, "swift": Storage, "pca": Storage,
	"gdrive": Drive, "pydrive": Drive, "dropbox": Drive, "dpbx": Drive, "onedrive": Drive, "box": Drive, "mega": Drive, "mediafire": Drive, "mf": Drive,
	"pcloud": Drive, "jottacloud": Drive, "koofr": Drive, "hsi": Special, "tahoe": Special, "multi": Special, "rclone": Special,
}

// lines say of the usual kinds what people know them by.
var lines = map[string]string{
	"sftp":       lang.Mark("A computer or NAS with SSH"),
	"webdav":     lang.Mark("Nextcloud, ownCloud, a NAS, a web server"),
	"ftp":        lang.Mark("Web space, an old NAS, a router"),
	"smb":        lang.Mark("A share of a NAS or of Windows"),
	"rsync":      lang.Mark("A NAS or server with the program rsync"),
	"imap":       lang.Mark("Each file becomes a mail"),
	"s3":         lang.Mark("Amazon S3, Wasabi, MinIO and many more"),
	"b2":         lang.Mark("A bucket, with an application key"),
	"azure":      lang.Mark("A container of a storage account"),
	"gs":         lang.Mark("A bucket of Google's"),
	"swift":      lang.Mark("OpenStack, as OVH or Infomaniak have it"),
	"dpbx":       lang.Mark("You log in with the browser"),
	"onedrive":   lang.Mark("You log in with the browser"),
	"gdrive":     lang.Mark("You log in with the browser"),
	"box":        lang.Mark("You log in with the browser"),
	"pcloud":     lang.Mark("You log in with the browser"),
	"jottacloud": lang.Mark("You log in with a token of its page"),
	"koofr":      lang.Mark("With a password for Varve alone"),
	"mega":       lang.Mark("With your address and password"),
	"rclone":     lang.Mark("One that you set up with that program"),
	"mediafire":  lang.Mark("With an application id of your own"),
	"tahoe":      lang.Mark("With a node of the grid on this computer"),
	"hsi":        lang.Mark("With the program hsi"),
	"multi":      lang.Mark("Copies in each, or spread over them"),
}

// Offers groups the kinds, of which those that fit a query stay. Folders of
// this computer are not among them.
func Offers(kinds []destination.Kind, query string) []Group {
	query = strings.ToLower(strings.TrimSpace(query))
	groups := make([]Group, Special+1)
	for i := range groups {
		groups[i] = Group{Sort: Sort(i), Title: lang.T(titles[Sort(i)])}
	}
	for _, k := range kinds {
		if slices.Contains(k.Schemes, "file") {
			continue
		}
		g := &groups[sortOf(&k)]
		g.Offers = append(g.Offers, offersOf(k, query)...)
	}
	return slices.DeleteFunc(groups, func(g Group) bool { return len(g.Offers) == 0 })
}

func sortOf(k *destination.Kind) Sort {
	if s, known := sorts[k.Name]; known {
		return s
	}
	f := Form{patterns: patterns(k.Form)}
	switch {
	case f.has("@bucket"), f.has("@container"):
		return Storage
	case f.has(KeyHost):
		return Server
	case len(f.patterns) == 0:
		return Special
	}
	return Drive
}

// leastQuery is how many letters of a provider's name are looked for: fewer
// would find too many.
const leastQuery = 3

// offersOf is the kind, if it fits, and its providers that a query names.
func offersOf(k destination.Kind, query string) (all []Offer) {
	text := strings.Join(slices.Concat([]string{k.Name, k.Title, k.Note, lines[k.Name], lang.T(k.Title), lang.T(k.Note), lang.T(lines[k.Name])}, k.Schemes), "\n")
	if strings.Contains(strings.ToLower(text), query) {
		all = append(all, Offer{Kind: k, Title: lang.T(k.Title), Line: cmp.Or(lang.T(lines[k.Name]), firstClause(lang.T(k.Note)), k.Schemes[0]+"://")})
	}
	if len(query) < leastQuery {
		return all
	}
	for _, o := range k.Options {
		if o.Name != provider {
			continue
		}
		for _, c := range o.Choices {
			if strings.Contains(strings.ToLower(c.Value+"\n"+c.Help), query) && c.Value != "Other" {
				all = append(all, Offer{Kind: k, Title: cmp.Or(c.Help, c.Value), Line: lang.T("With %s", lang.T(k.Title)), Preset: map[string]string{provider: c.Value}})
			}
		}
	}
	return all
}

// firstClause is as much of a text as a line takes.
func firstClause(text string) string {
	if i := strings.IndexAny(text, ".;:"); i > 0 {
		return text[:i]
	}
	return text
}
