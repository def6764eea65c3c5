package folder

import (
	"cmp"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/varve-backup/varve/engine/zone"
)

// page lists a folder in a browser.
var page = template.Must(template.New("folder").Parse(`<!DOCTYPE html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;width:100%}
td{padding:.3em 1em .3em 0;border-bottom:1px solid #8884}td+td{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;opacity:.75}a{overflow-wrap:anywhere}</style></head>
<body><h1>{{.Title}}</h1><table>{{range .Rows}}<tr><td><a href="{{.Href}}">{{.Name}}</a></td><td>{{.Size}}</td><td>{{.Time}}</td></tr>
{{end}}</table></body></html>
`))

type pageRow struct {
	Href       template.URL
	Name       string
	Size, Time string
}

// list answers a browser.
func (f *Folder) list(w http.ResponseWriter, r *http.Request, i *info) {
	if !strings.HasSuffix(r.URL.Path, "/") {
		http.Redirect(w, r, (&url.URL{Path: r.URL.Path + "/"}).EscapedPath(), http.StatusMovedPermanently)
		return
	}
	all, err := (&describedItem{f, r.Context(), i}).Readdir(0)
	if err != nil {
		f.fail(w, err)
		return
	}
	slices.SortStableFunc(all, func(a, b fs.FileInfo) int {
		if a.IsDir() != b.IsDir() {
			if a.IsDir() {
				return -1
			}
			return 1
		}
		return cmp.Compare(strings.ToLower(a.Name()), strings.ToLower(b.Name()))
	})
	title := f.name
	var rows []pageRow
	if i.path != "" {
		title = printable(i.Name())
		rows = append(rows, pageRow{Href: "../", Name: ".."})
	}
	for _, x := range all {
		rows = append(rows, rowOf(x))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Title": title, "Rows": rows}) // the connection is gone
}

func rowOf(x fs.FileInfo) pageRow {
	href := "./" + (&url.URL{Path: x.Name()}).EscapedPath()
	r := pageRow{Name: printable(x.Name()), Time: zone.Of(x.ModTime()).Format(time.DateTime)}
	switch {
	case x.IsDir():
		href, r.Name = href+"/", r.Name+"/"
	case x.Size() >= 0:
		r.Size = sizeText(x.Size())
	}
	r.Href = template.URL(href) //nolint:gosec // escaped above, and beginning with ./
	return r
}

// sizeText parts thousands.
func sizeText(n int64) string {
	digits := []byte{}
	for i := 0; n > 0 || i == 0; i++ {
		if i > 0 && i%3 == 0 {
			digits = append(digits, ' ')
		}
		digits, n = append(digits, byte('0'+n%10)), n/10
	}
	slices.Reverse(digits)
	return string(digits)
}

// printable is a name that a person can read, whatever its bytes are.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(name, "\uFFFD"))
}
