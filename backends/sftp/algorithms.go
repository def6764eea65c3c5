package sftp

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// chooseAlgorithms takes the settings that name algorithms.
func (t *target) chooseAlgorithms(s *settings) error {
	good, weak := ssh.SupportedAlgorithms(), ssh.InsecureAlgorithms()
	for _, row := range []struct {
		key        string
		good, weak []string
		to         *[]string
	}{
		{"ciphers", good.Ciphers, weak.Ciphers, &t.ciphers},
		{"macs", good.MACs, weak.MACs, &t.macs},
		{"kexalgorithms", good.KeyExchanges, weak.KeyExchanges, &t.kex},
		{"hostkeyalgorithms", good.HostKeys, weak.HostKeys, &t.hostKeyAlgorithms},
	} {
		text := s.get(row.key, "")
		if text == "" {
			continue
		}
		chosen := choose(text, row.good, append(slices.Clone(row.good), row.weak...))
		if len(chosen) == 0 {
			return fmt.Errorf("%s: none of %q is to be had", row.key, text)
		}
		*row.to = chosen
	}
	return nil
}

// choose reads a list of algorithms as ssh does: a plus adds to the usual ones,
// a minus takes away, a caret puts in front. Names may have stars in them. Those
// that nobody wrote for Go are passed over.
func choose(text string, usual, all []string) []string {
	mode := text[0]
	if strings.IndexByte("+-^", mode) >= 0 {
		text = text[1:]
	}
	var named []string
	for pattern := range strings.SplitSeq(text, ",") {
		for _, name := range all {
			if ok, err := path.Match(strings.TrimSpace(pattern), name); ok && err == nil && !slices.Contains(named, name) {
				named = append(named, name)
			}
		}
	}
	without := func(list, names []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(n string) bool { return slices.Contains(names, n) })
	}
	switch mode {
	case '+':
		return append(slices.Clone(usual), without(named, usual)...)
	case '-':
		return without(usual, named)
	case '^':
		return append(named, without(usual, named)...)
	}
	return named
}
