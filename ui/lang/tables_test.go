package lang_test

import (
	"slices"

	"github.com/varve-backup/varve/engine/destination"
)

// withEverything are the kinds of destinations whose rarely needed options have
// a German, too. Those of the others come from rclone, are for people who know
// the service's own English words, and stay English.
var withEverything = []string{"file", "sftp", "ftp", "rsync", "imap", "multi"}

// keysOfTheTables adds the texts of the tables that forms are made of.
func keysOfTheTables(keys map[string]key) {
	add := func(kind string, texts ...string) {
		for _, text := range texts {
			if text != "" {
				keys[text] = key{at: "the table of " + kind, defined: true}
			}
		}
	}
	for _, k := range destination.Kinds() {
		add(k.Name, k.Title, k.Note)
		for _, o := range slices.Concat(k.Options, destination.Common()) {
			if o.Advanced && !slices.Contains(withEverything, k.Name) {
				continue
			}
			add(k.Name, o.Title, o.Help)
			for _, c := range o.Choices {
				if slices.Contains([]string{"onedrive", "gdrive", "pcloud", "multi"}, k.Name) {
					add(k.Name, c.Help)
				}
			}
		}
	}
}
