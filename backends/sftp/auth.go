package sftp

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/varve-backup/varve/backends"
)

// login is one attempt to log in.
type login struct {
	ctx context.Context //nolint:containedctx // the callbacks of ssh have no other way
	d   *dialer
	// close releases the agent.
	agent io.Closer
	// problem is what went wrong with a key or a question; it says more than
	// that the server refused.
	problem error
	// password is the last one that was tried.
	password string
	// tried: something was sent that the server could refuse.
	tried bool
}

// methods are the ways to log in, in the order that was chosen.
func (l *login) methods() []ssh.AuthMethod {
	var all []ssh.AuthMethod
	for _, name := range l.d.target.preferred {
		switch strings.TrimSpace(name) {
		case "publickey":
			all = append(all, ssh.PublicKeysCallback(l.signers))
		case "password":
			next := l.passwords()
			all = append(all, ssh.RetryableAuthMethod(ssh.PasswordCallback(next), l.d.password.tries()))
		case "keyboard-interactive":
			all = append(all, ssh.RetryableAuthMethod(l.keyboard(), max(l.d.password.tries(), 1)))
		}
	}
	return all
}

// passwords hands out one candidate after the other.
func (l *login) passwords() func() (string, error) {
	i := -1
	return func() (string, error) {
		i++
		var value string
		err := l.d.asking(func() (err error) {
			value, err = l.d.password.candidate(l.ctx, i)
			return err
		})
		if err != nil {
			l.note(fmt.Errorf("password: %w", err))
			return "", err
		}
		l.password, l.tried = value, true
		return value, nil
	}
}

// note keeps the first problem.
func (l *login) note(err error) {
	if l.problem == nil {
		l.problem = err
	}
}

// keyboard answers what the server asks: with the password, or with a code that
// a person is asked for.
func (l *login) keyboard() ssh.AuthMethod {
	next := l.passwords()
	return ssh.KeyboardInteractive(func(_, instruction string, asked []string, _ []bool) ([]string, error) {
		answers := make([]string, len(asked))
		for i, question := range asked {
			var err error
			if isCode(question) {
				answers[i], err = l.code(strings.TrimSpace(instruction + " " + question))
			} else {
				answers[i], err = next()
			}
			if err != nil {
				return nil, err
			}
		}
		return answers, nil
	})
}

// isCode tells the question for a code from the one for the password. There is
// nothing but its text to tell it by.
func isCode(question string) bool {
	question = strings.ToLower(question)
	for _, word := range []string{"code", "token", "otp", "one-time", "verification", "passcode", "pin:"} {
		if strings.Contains(question, word) {
			return true
		}
	}
	return false
}

// code asks for a value that is valid once: there will be no second connection.
func (l *login) code(question string) (string, error) {
	if l.d.secret == nil {
		l.note(fmt.Errorf("the server asks for a code, and nobody can be asked"))
		return "", errNobody
	}
	l.d.single.Store(true)
	l.tried = true
	prompt := strings.TrimRight(oneLine(question), ": ")
	var value string
	err := l.d.asking(func() (err error) {
		value, err = l.d.secret(l.ctx, backends.SecretRequest{Kind: backends.OneTimeCode, Account: l.d.account, Prompt: prompt})
		return err
	})
	return value, err
}

// signers are the keys to show: those of the agent that are wanted first, then
// its others, then those in files.
func (l *login) signers() ([]ssh.Signer, error) {
	files, err := l.fileSigners()
	if err != nil {
		l.note(err)
		return nil, err
	}
	var first, others, rest []ssh.Signer
	for _, s := range l.agentSigners() {
		switch {
		case holds(files, s):
			first = append(first, s)
		case !l.d.target.identitiesOnly:
			others = append(others, s)
		}
	}
	for _, s := range files {
		if !holds(first, s) {
			rest = append(rest, s)
		}
	}
	if l.d.target.named { // who names a key means that one
		others, rest = rest, others
	}
	all := append(append(first, others...), rest...)
	l.tried = l.tried || len(all) > 0
	return all, nil
}

func holds(signers []ssh.Signer, one ssh.Signer) bool {
	for _, s := range signers {
		if bytes.Equal(s.PublicKey().Marshal(), one.PublicKey().Marshal()) {
			return true
		}
	}
	return false
}

// agentSigners asks the agent. One that does not answer has no keys.
func (l *login) agentSigners() []ssh.Signer {
	if l.d.target.agent == "" {
		return nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(l.ctx, "unix", l.d.target.agent)
	if err != nil {
		return nil
	}
	l.agent = conn
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil
	}
	return signers
}

// fileSigners reads the files with keys. Those that somebody named must be
// there.
func (l *login) fileSigners() (all []ssh.Signer, err error) {
	for _, path := range l.d.target.identities {
		s, err := l.fileSigner(path)
		if err == nil {
			all = append(all, s)
			continue
		}
		if l.d.target.named || !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("key %s: %w", path, err)
			if l.d.target.named {
				return nil, fmt.Errorf("%w: %w", backends.ErrConfig, err)
			}
			l.note(err)
		}
	}
	return all, nil
}

func (l *login) fileSigner(path string) (ssh.Signer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := ssh.ParsePrivateKey(b)
	missing, locked := errors.AsType[*ssh.PassphraseMissingError](err)
	if !locked {
		return s, err
	}
	key := &lockedKey{login: l, path: path, content: b, public: missing.PublicKey}
	if key.public == nil {
		key.public = publicBeside(path)
	}
	if key.public == nil { // an old format that hides it
		return key.open()
	}
	return key, nil
}

// publicBeside reads the public part of a key, nil when it is not there.
func publicBeside(path string) ssh.PublicKey {
	b, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil
	}
	public, _, _, _, err := ssh.ParseAuthorizedKey(b)
	if err != nil {
		return nil
	}
	return public
}

// lockedKey is a key with a passphrase, which is asked for when the server has
// said that the key is of use.
type lockedKey struct {
	login   *login
	path    string
	content []byte
	public  ssh.PublicKey
	opened  ssh.Signer
}

// PublicKey implements ssh.Signer.
func (k *lockedKey) PublicKey() ssh.PublicKey { return k.public }

// Sign implements ssh.Signer.
func (k *lockedKey) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(random, data, "")
}

// SignWithAlgorithm implements ssh.AlgorithmSigner.
func (k *lockedKey) SignWithAlgorithm(random io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s, err := k.open()
	if err != nil {
		return nil, err
	}
	if with, ok := s.(ssh.AlgorithmSigner); ok && algorithm != "" {
		return with.SignWithAlgorithm(random, data, algorithm)
	}
	return s.Sign(random, data)
}

// open unlocks the key.
func (k *lockedKey) open() (ssh.Signer, error) {
	if k.opened != nil {
		return k.opened, nil
	}
	passphrase := k.login.d.passphrase(k.path)
	for i := range passphrase.tries() {
		s, err := k.try(passphrase, i)
		if err == nil {
			k.opened = s
			return s, nil
		}
		if !errors.Is(err, x509.IncorrectPasswordError) {
			k.login.note(fmt.Errorf("key %s: passphrase: %w", k.path, err))
			return nil, err
		}
	}
	err := fmt.Errorf("key %s: none of the passphrases opens it", k.path)
	if passphrase.tries() == 0 {
		err = fmt.Errorf("key %s: passphrase: %w", k.path, errNobody)
	}
	k.login.note(err)
	return nil, err
}

func (k *lockedKey) try(passphrase *secret, i int) (ssh.Signer, error) {
	var value string
	err := k.login.d.asking(func() (err error) {
		value, err = passphrase.candidate(k.login.ctx, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	s, err := ssh.ParsePrivateKeyWithPassphrase(k.content, []byte(value))
	if err == nil {
		passphrase.right(value)
	}
	return s, err
}
