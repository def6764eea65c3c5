package duplicityargs

import "github.com/varve-backup/varve/engine/secret"

// Replicate copies versions from one archive to another.
const Replicate Action = "replicate"

// Replication is what Replicate is told besides.
type Replication struct {
	// Target is the URL that is copied to.
	Target string
	// ToPassphrase is that of the target, empty when it is the source's.
	// ToPassphraseFile and ToPassphraseCommand say where to read it from; they
	// go before it.
	ToPassphrase                          secret.Text
	ToPassphraseFile, ToPassphraseCommand string
}

// replicated takes two URLs.
func (p *parser) replicated(words []string) error {
	a := p.args
	if len(words) != 2 || !IsURL(words[0]) || !IsURL(words[1]) {
		return usage("replicate takes the URL of an archive and the one to copy to; a local one is written as file:///folder")
	}
	a.URL, a.Target = words[0], words[1]
	return nil
}

// checkReplication looks for options that belong elsewhere.
func (p *parser) checkReplication() error {
	a := p.args
	switch {
	case a.ToPassphraseFile+a.ToPassphraseCommand != "" && a.Action != Replicate:
		return usage("--to-passphrase options belong to replicate")
	case a.ToPassphraseFile != "" && a.ToPassphraseCommand != "":
		return usage("--to-passphrase-file and --to-passphrase-command contradict each other")
	case a.Action == Replicate && a.Time.ID != "":
		return usage("replicate takes a time with --time, not the name of a version")
	}
	return nil
}
