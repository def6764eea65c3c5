// Package recoverysheet writes the page that a person keeps on paper: where a
// backup is, what opens it, and how everything comes back when this computer is
// gone. A Sheet is plain data; Text and HTML are the page.
package recoverysheet

import (
	"net/url"
	"strings"
	"time"

	"github.com/varve-backup/varve/ui/lang"
)

// Format is how a backup is stored.
type Format string

// The formats.
const (
	// Volumes are duplicity's: duplicity restores them without Varve.
	Volumes Format = "duplicity"
	// Deduplicated is restic's: restic restores it without Varve.
	Deduplicated Format = "restic"
)

// Sheet is what the page says.
type Sheet struct {
	Job     string
	Folders []string
	// URL is the address of the destination, without a password, and Place what
	// a person calls it.
	URL, Place string
	// Copies are the addresses of copies of it.
	Copies    []string
	Format    Format
	Encrypted bool
	// Keys are the OpenPGP keys that it is encrypted for, none for a passphrase.
	Keys []string
	// Passphrase is printed; when it is empty, there is a line to write it on.
	Passphrase    string
	User, Machine string
	Made          time.Time
}

// Command is a line for a terminal.
type Command struct {
	// Program is the one that it needs.
	Program string
	Line    string
}

// Target is where the commands put what they bring back.
const Target = "recovered"

// Commands are the lines that bring the newest version back into a new folder,
// each with one program alone. A program that does not know the kind of
// destination is left out.
func (s *Sheet) Commands() []Command {
	open := ""
	if !s.Encrypted {
		open = " --no-encryption"
	}
	for _, k := range s.Keys {
		open += " --encrypt-key " + quote(k)
	}
	all := []Command{{"Varve", "varve restore" + open + " " + quote(s.URL) + " " + Target}}
	switch s.Format {
	case Deduplicated:
		if place, ok := resticPlace(s.URL); ok {
			all = append(all, Command{"restic", "restic --repo " + quote(place) + " restore latest --target " + Target})
		}
	case Volumes:
		if !strings.HasPrefix(s.URL, "multi:") { // its list is on the computer that is gone
			all = append(all, Command{"duplicity", "duplicity restore" + open + " " + quote(s.URL) + " " + Target})
		}
	}
	return all
}

// resticPlace is how restic calls a destination; ok is false when it has other
// names for such, that need more than an address.
func resticPlace(address string) (place string, ok bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "file":
		return u.Path, u.Path != ""
	case "sftp":
		return "sftp://" + strings.TrimPrefix(address, "sftp://"), true
	}
	return "", false
}

// quote is a word that a shell takes as it is.
func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/:.@_-+=,%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// row is a line of the table at the top.
type row struct {
	Name   string
	Values []string
}

// rows are the table at the top.
func (s *Sheet) rows() []row {
	all := []row{{lang.T("What"), s.Folders}, {lang.T("Where"), []string{s.Place}}}
	if s.URL != s.Place {
		all[1].Values = append(all[1].Values, s.URL)
	}
	if len(s.Copies) > 0 {
		all = append(all, row{lang.T("Copies"), s.Copies})
	}
	all = append(all, row{lang.T("How"), []string{s.how()}}, row{lang.T("Computer"), []string{s.Machine}}, row{lang.T("User"), []string{s.User}}, row{lang.T("Sheet of"), []string{lang.Time(s.Made, "2 January 2006")}})
	return all
}

// how says in which form it is stored.
func (s *Sheet) how() string {
	if len(s.Keys) > 0 {
		return lang.T("Encrypted for the OpenPGP keys %s, in the format of %s. The secret part of one of them opens it, and is not on this sheet: keep a copy of that apart from the computer, too.", strings.Join(s.Keys, ", "), s.Format)
	}
	if s.Encrypted {
		return lang.T("Encrypted with a passphrase, in the format of %s.", s.Format)
	}
	return lang.T("Not encrypted, in the format of %s.", s.Format)
}

// hasPassphrase tells that a passphrase opens it.
func (s *Sheet) hasPassphrase() bool { return s.Encrypted && len(s.Keys) == 0 }

// secret says what the passphrase is for.
func (s *Sheet) secret() string {
	if s.Passphrase != "" {
		return lang.T("Whoever has this sheet and reaches the backup can read it. Keep it where you keep what is worth as much.")
	}
	return lang.T("Write it here by hand, if the place where you keep this sheet is safe. Without it nobody can open the backup, and nobody can find it out.")
}

// steps say what to do before the commands.
func (s *Sheet) steps() string {
	text := lang.T("With Varve on any computer, choose “Restore files” and “Restore from a backup”, and give the address above. In a terminal, one of these lines brings the newest version back into a new folder %s; each needs only the program that it begins with.", Target)
	if s.hasPassphrase() {
		text += " " + lang.T("It asks for the passphrase.")
	}
	return text
}

// logins says what else is needed.
func (s *Sheet) logins() string {
	if strings.HasPrefix(s.URL, "file:") {
		return lang.T("The drive may have another place in the files of another computer: put that in.")
	}
	return lang.T("The server or service wants its own password or key as well. It is not on this sheet.")
}
