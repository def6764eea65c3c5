package sftp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// known are the settings of ssh that have a meaning here, in the lower case in
// which they are compared.
var known = []string{
	"addressfamily", "batchmode", "bindaddress", "ciphers", "connecttimeout", "globalknownhostsfile", "hostkeyalgorithms", "hostkeyalias",
	"hostname", "identitiesonly", "identityagent", "identityfile", "kexalgorithms", "macs", "port", "preferredauthentications",
	"proxycommand", "proxyjump", "serveralivecountmax", "serveraliveinterval", "stricthostkeychecking", "user", "userknownhostsfile",
}

// harmless are those that are taken and change nothing: there is no
// compression to be had, and no other protocol than the second.
var harmless = []string{"compression", "protocol"}

// letters are the short forms of settings.
var letters = map[byte]string{'i': "identityfile", 'p': "port", 'l': "user", 'J': "proxyjump", 'b': "bindaddress", 'F': configFile}

// configFile is no setting of ssh's but the name of a file with such.
const configFile = "-F"

// given are the settings on the command line, in their order.
type given []setting

type setting struct{ key, value string }

// parseOptions reads what duplicity takes as --ssh-options: the options of the
// ssh program. One that has no meaning here is an error that names it.
func parseOptions(line string) (given, error) {
	all, err := words(line)
	if err != nil {
		return nil, fmt.Errorf("%w: ssh-options: %w", backends.ErrConfig, err)
	}
	var g given
	for len(all) > 0 {
		var s setting
		if s, all, err = parseOption(all); err != nil {
			return nil, fmt.Errorf("%w: ssh-options: %w", backends.ErrConfig, err)
		}
		g = append(g, s)
	}
	return g, nil
}

// parseOption reads the first option and returns the words behind it.
func parseOption(all []string) (setting, []string, error) {
	word, rest := all[0], all[1:]
	if len(word) < 2 || word[0] != '-' {
		return setting{}, nil, fmt.Errorf("%q is no option", word)
	}
	switch word {
	case "-C":
		return setting{"compression", "yes"}, rest, nil
	case "-4":
		return setting{"addressfamily", "inet"}, rest, nil
	case "-6":
		return setting{"addressfamily", "inet6"}, rest, nil
	}
	key, short := letters[word[1]]
	if !short && word[1] != 'o' {
		return setting{}, nil, fmt.Errorf("%q is not supported", word)
	}
	value := word[2:]
	if value == "" {
		if len(rest) == 0 {
			return setting{}, nil, fmt.Errorf("%q needs a value", word)
		}
		value, rest = rest[0], rest[1:]
	}
	if short {
		return setting{key, value}, rest, nil
	}
	s, err := assignment(value)
	return s, rest, err
}

// assignment reads "Key=value" or "Key value".
func assignment(text string) (setting, error) {
	i := strings.IndexAny(text, "= \t")
	if i < 0 {
		return setting{}, fmt.Errorf("-o%s needs a value", text)
	}
	key := strings.ToLower(text[:i])
	value := strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(text[i:], " \t"), "="), " \t")
	switch {
	case key == "protocol" && value != "2":
		return setting{}, fmt.Errorf("protocol %q is not supported", value)
	case !slices.Contains(known, key) && !slices.Contains(harmless, key):
		return setting{}, fmt.Errorf("-o%s is not supported", text[:i])
	}
	return setting{key, value}, nil
}

// all returns the values of a setting.
func (g given) all(key string) (values []string) {
	for _, s := range g {
		if s.key == key {
			values = append(values, s.value)
		}
	}
	return values
}
