package recoverysheet

import (
	_ "embed"
	"html/template"
	"strings"

	"github.com/varve-backup/varve/ui/lang"
)

//go:embed sheet.html
var page string

// HTML is the page for a browser, which prints it on one sheet.
func (s *Sheet) HTML() (string, error) {
	t, err := template.New("sheet").Parse(page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, map[string]any{
		"Language": lang.Used().Tag, "Title": lang.T("Recovery sheet: %s", s.Job), "PassphraseTitle": lang.T("Passphrase"), "Back": lang.T("How everything comes back"),
		"Rows": s.rows(), "Encrypted": s.hasPassphrase(), "Passphrase": s.Passphrase, "Secret": s.secret(),
		"Steps": s.steps(), "Commands": s.Commands(), "Logins": s.logins(),
	})
	return b.String(), err
}
