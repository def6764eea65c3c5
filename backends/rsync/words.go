package rsync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// split takes a text apart into words, as a shell does: at spaces, which
// quotes and a backslash protect.
func split(text string) (words []string, err error) {
	var word strings.Builder
	var quote rune
	inWord, escaped := false, false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, inWord = r, true
		case quote == 0 && (r == ' ' || r == '\t' || r == '\n'):
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("%w: a quote in the options is not closed", backends.ErrConfig)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// refuse refuses options with which nothing would be stored, or something be
// deleted that nobody meant.
func refuse(options []string) error {
	value := false
	for _, o := range options {
		name, _, joined := strings.Cut(o, "=")
		switch {
		case loses(name):
			return fmt.Errorf("%w: rsync's option %s would lose what is stored", backends.ErrConfig, name)
		case !strings.HasPrefix(name, "-") && !value:
			return fmt.Errorf("%w: %q is no option of rsync's", backends.ErrConfig, o)
		}
		value = strings.HasPrefix(name, "-") && !joined
	}
	return nil
}

// losing are options that do not go together with what is done here.
var losing = []string{
	"--remove-source-files", "--dry-run", "--files-from", "--list-only", "--inplace", "--append", "--append-verify", "--partial", "--partial-dir",
	"--backup", "--existing", "--ignore-existing", "--update", "--read-batch", "--write-batch", "--only-write-batch", "--max-size", "--min-size",
}

func loses(name string) bool {
	if strings.HasPrefix(name, "--") {
		return strings.HasPrefix(name, "--del") || slices.Contains(losing, name)
	}
	// Letters may stand together; those of some take the rest as their value.
	letters, short := strings.CutPrefix(name, "-")
	return short && strings.IndexAny(letters, "efTBM") != 0 && strings.ContainsAny(letters, "nPbu")
}
