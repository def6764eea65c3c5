// Package licences holds the licences of the modules that the programs are
// built of. They ask to come along with every copy.
package licences

import (
	_ "embed"
	"io"
	"slices"
	"strings"
)

// texts is made by packaging/licences.sh, which says how it is laid out.
//
//go:embed texts.txt
var texts string

// notice is what the LGPL wants to be told, and who holds what.
const notice = `Varve is free under the Apache License, version 2.0. It is built of modules by
others, each free under a licence of its own. These follow.

github.com/cloudsoda/sddl is a part of varve-cloud and of varve-desktop. It and
its use are covered by the GNU Lesser General Public License, version 3, which
follows with the GNU General Public License that it refers to. You may change
that module and build Varve anew with it. Its source is at the address that is
its name; with it in FOLDER and Varve's sources, that is

  go mod edit -replace github.com/cloudsoda/sddl=FOLDER
  make build

The sources of the modules under the Mozilla Public License are at the addresses
that are their names, too.
`

// Of returns the licences of a module, and what else it wants to come along;
// none for a module that no program is built of.
func Of(module string) (found []string) {
	for section := range strings.SplitSeq(texts, "\f") {
		names, text, _ := strings.Cut(section, "\n")
		if slices.Contains(strings.Split(names, ", "), module) {
			found = append(found, text)
		}
	}
	return found
}

// Print writes all of them.
func Print(w io.Writer) error {
	if _, err := io.WriteString(w, notice); err != nil {
		return err
	}
	_, err := strings.NewReplacer("\f", "\n"+strings.Repeat("=", ruler)+"\n").WriteString(w, texts)
	return err
}

// ruler is how wide the line between two licences is.
const ruler = 80
