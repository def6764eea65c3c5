package ui

import (
	"encoding/json"

	toolkit "fyne.io/fyne/v2/lang"

	"github.com/varve-backup/varve/ui/lang"
)

// toolkitTexts are what the toolkit says by itself, in the menus of fields and
// in its own windows for files, under the names that it gives to them.
func toolkitTexts() map[string]string {
	said := map[string]string{"file.name": lang.T("Name")}
	for _, text := range []string{
		lang.Mark("Cancel"), lang.Mark("Copy"), lang.Mark("Create Folder"), lang.Mark("Cut"), lang.Mark("Enter filename"), lang.Mark("File"),
		lang.Mark("Folder"), lang.Mark("New Folder"), lang.Mark("Open"), lang.Mark("Paste"), lang.Mark("Quit"), lang.Mark("Redo"), lang.Mark("Save"),
		lang.Mark("Select all"), lang.Mark("Show Hidden Files"), lang.Mark("Undo"),
	} {
		said[text] = lang.T(text)
	}
	return said
}

// teachToolkit has the toolkit speak as we do. It takes the system's language
// and offers no way to choose another: what we say takes the place of its own
// texts in that one, which also gives it languages that it does not know.
func teachToolkit() error {
	texts, err := json.Marshal(toolkitTexts())
	if err != nil {
		return err
	}
	if toolkit.AddTranslationsForLocale(texts, toolkit.SystemLocale()) != nil {
		// A language that it has no rules for: it takes English instead.
		return toolkit.AddTranslationsForLocale(texts, "en")
	}
	return nil
}
