package ui

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"github.com/varve-backup/varve/ui/lang/langtest"
	"github.com/varve-backup/varve/ui/look"
)

// data is what stands in the window and is nobody's to translate.
var data = []*regexp.Regexp{
	// What Ada wrote, where it is shown, and what a service says of its own options.
	regexp.MustCompile(`(?s)^(#+ (Notes for the lake house|Measurements|What the varves showed)|(stairs|kitchen|window) +\d.*|The lake froze from the shore.*|- (the roofer|new lock|ask Maria|winter storage|the key is|send the|pay the).*)$`),
	regexp.MustCompile(`^(AWS  Amazon Web.*|Wasabi Object.*|EU \(Frankfurt.*|eu-central-1)$`),
	// What computers say of an error, which is searched for as it is, and what is
	// typed into a terminal.
	regexp.MustCompile(`volume 7 is cut short|(destination 2: )?testing the destination: .*|listing folders at the destination: .*|(restoring|planning which|listing versions|changing where|listing OpenPGP|comparing what came back).*|no such file or directory|open \S+ permission denied|permission denied|size grew from .*|input/output error|reading the texts in fr: .*|is left out: `),
	regexp.MustCompile(`(?s)borg (list|extract) .*|varve restore file:.*|restic --repo .* recovered`),
	// Sizes, speeds and delays, whose units are everybody's, and the names of packs and keys.
	regexp.MustCompile(`\d ([KMGT]?B(/s)?|ms)\b|\b[0-9a-f]{8}\b|\b([0-9A-F]{4} ?){4}\b`),
	// The texts of policies.
	regexp.MustCompile(`\b(\d+[WMYD]|U):\S+|\b(keep|tolerance)[-=]\S+|\bw\b|\bW\b`),
	// Programs, services, formats, licences, languages and kinds of keys.
	regexp.MustCompile(`\b(Varve|S3|Dropbox|restic|duplicity|Borg|Apache-2\.0|MIT|BSD-3-Clause|MPL-2\.0|English|Deutsch|Ed25519|SHA256:\w+|ssh-ed25519)\b`),
	// What Ada calls her things.
	regexp.MustCompile(`\b(Documents and Pictures|Documents|Pictures|Music|music|Thesis|Desktop|Downloads|Videos|Letters|Taxes|Raw|Code|Lake|Pond|Stick|Copy|laptop|backup|Home|figures|the shed|frank|xylophone|Old letters|Café Ada|ada|anna|Ada Larsen|Ben Harper|old-laptop|ada-laptop|` +
		`recovered|current|reading list|guest list|budget 2026|sent to the printer|to the council|to Maria|lake at dawn|old laptop|tower|pictures|March|Summer at the lake|node_modules|__pycache__|target)\b`),
	// The folders of a repository.
	regexp.MustCompile(`^(data|index|keys|snapshots)$`),
	// Paths, addresses, patterns, names of modules and of files.
	regexp.MustCompile(`<?[^\s“”,]*[/*~@][^\s“”,]*|\b[\w-]+\.[a-zA-Z]\w*\b|(^|\s)\.\w+`),
}

// notSaid is what of a text was not said in the language of the test, "" for
// nothing.
func notSaid(text string) string {
	rest := langtest.Rest(text)
	for _, d := range data {
		rest = d.ReplaceAllString(rest, " ")
	}
	if strings.ContainsFunc(rest, unicode.IsLetter) {
		return strings.Join(strings.Fields(rest), " ")
	}
	return ""
}

// texts are all that a person can read in the window.
func (s *stage) texts() (all []string) {
	var walk func(fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if o == nil || !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *widget.RichText:
			all = append(all, o.String())
		case *widget.Label:
			all = append(all, o.Text)
		case *look.Field:
			all = append(all, o.PlaceHolder)
		case *look.Button:
			all = append(all, o.Text, o.Name)
		case *canvas.Text:
			all = append(all, o.Text)
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	walk(s.u.window.Content())
	for _, o := range s.u.window.Canvas().Overlays().List() {
		walk(o)
	}
	return all
}

// Nothing that a person reads in the window goes past the catalogue.
func TestEveryTextIsSaid(t *testing.T) {
	for _, sc := range everyScene() {
		if strings.HasSuffix(sc.name, "-german") {
			continue // it chooses another language itself
		}
		t.Run(sc.name, func(t *testing.T) {
			langtest.Mark(t, "lang")
			s := newStage(t, "light", sc.f())
			sc.act(s)
			s.settle()
			for _, text := range s.texts() {
				if rest := notSaid(text); rest != "" {
					t.Errorf("%q was not said, in %q", rest, text)
				}
			}
		})
	}
}
