package lang

import (
	"github.com/jeandeaual/go-locale"
)

// Wishes are the languages that the system asks for, the strongest first: on
// Unix those of LANGUAGE, LC_ALL, LC_MESSAGES and LANG, by gettext's rules.
func Wishes() []string {
	all, err := locale.GetLocales()
	if err != nil {
		return nil // what nobody can tell is no wish
	}
	return all
}
