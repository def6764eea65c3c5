package openpgp

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// program is the GnuPG that is asked.
const program = "gpg"

func requireGnuPG() error {
	if _, err := exec.LookPath(program); err != nil {
		return ErrNoGnuPG
	}
	return nil
}

// gnuPG prepares a call. No secret ever stands in its arguments.
func gnuPG(ctx context.Context, home string, args ...string) *exec.Cmd {
	base := []string{"--batch", "--no-tty", "--no-secmem-warning", "--quiet"}
	if home != "" {
		base = append(base, "--homedir", home)
	}
	cmd := exec.CommandContext(ctx, program, append(base, args...)...)
	// gpg speaks English to us, whatever the person's language.
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	return cmd
}

// exportKey returns a public key.
func exportKey(ctx context.Context, home, name string) (io.Reader, error) {
	if err := requireGnuPG(); err != nil {
		return nil, err
	}
	out, err := gnuPG(ctx, home, "--export", "--", name).Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil || len(out) == 0 {
		return nil, ErrNoPublicKey
	}
	return bytes.NewReader(out), nil
}

// call is a running gpg: what it says about itself, and how it ended.
type call struct {
	cmd    *exec.Cmd
	status []string // guarded by done
	stderr beginning
	done   sync.WaitGroup
	stop   context.CancelFunc
	extra  []*os.File
	// list prepares another call for the same keys.
	list func(args ...string) *exec.Cmd
}

// start runs cmd with its status on descriptor 3 and, if there is one, the
// passphrase on 4.
func start(ctx context.Context, home string, cmd *exec.Cmd, stop context.CancelFunc, passphrase string) (*call, error) {
	c := &call{cmd: cmd, stop: stop}
	c.list = func(args ...string) *exec.Cmd { return gnuPG(ctx, home, args...) }
	statusRead, statusWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{statusWrite}
	c.extra = []*os.File{statusRead}
	var secretWrite *os.File
	if passphrase != "" {
		secretRead, w, err := os.Pipe()
		if err != nil {
			return nil, errors.Join(err, statusRead.Close(), statusWrite.Close())
		}
		secretWrite = w
		cmd.ExtraFiles = append(cmd.ExtraFiles, secretRead)
	}
	cmd.Stderr = &c.stderr
	err = cmd.Start()
	for _, f := range cmd.ExtraFiles {
		f.Close()
	}
	if err != nil {
		if secretWrite != nil {
			secretWrite.Close()
		}
		return nil, errors.Join(fmt.Errorf("starting gpg: %w", err), statusRead.Close())
	}
	if secretWrite != nil {
		// A pipe holds far more than a passphrase: this does not block.
		_, err = io.WriteString(secretWrite, passphrase+"\n")
		secretWrite.Close()
	}
	c.done.Go(func() { c.listen(statusRead) })
	return c, err
}

// mostStatus bounds how much of what gpg says is kept, in lines and in bytes
// of standard error: a message can make it say any amount.
const mostStatus = 4096

// listen keeps the status lines, and reads on when there are too many: gpg
// must not wait for us.
func (c *call) listen(status io.Reader) {
	lines := bufio.NewScanner(status)
	for lines.Scan() && len(c.status) < mostStatus {
		c.status = append(c.status, strings.TrimPrefix(lines.Text(), "[GNUPG:] "))
	}
	_, _ = io.Copy(io.Discard, status) // nothing in it counts
}

// beginning keeps the first bytes written to it.
type beginning []byte

func (b *beginning) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), mostStatus-len(*b))]...)
	return len(p), nil
}

// secretArgs are the arguments for a passphrase on descriptor 4.
func secretArgs(passphrase string) []string {
	args := []string{"--status-fd", "3"}
	if passphrase != "" {
		args = append(args, "--pinentry-mode", "loopback", "--passphrase-fd", "4")
	}
	return args
}

// wait waits for gpg and says what was wrong.
func (c *call) wait() error {
	err := c.cmd.Wait()
	c.done.Wait()
	for _, f := range c.extra {
		f.Close()
	}
	if err == nil {
		return nil
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(c.stderr)), "\n")
	return fmt.Errorf("%w: gpg said: %s", c.reason(), said)
}

// reasons are status lines and what they mean, the most telling first.
var reasons = []struct {
	line string
	err  error
}{
	{"BADMDC", ErrDamaged},
	{"INV_RECP", ErrNoPublicKey},
	{"INV_SGNR", ErrNoSecretKey},
	{"BAD_PASSPHRASE", ErrWrongPassphrase},
	{"MISSING_PASSPHRASE", ErrWrongPassphrase},
	{"ERROR symkey_decrypt.maybe_error", ErrWrongPassphrase},
	{"NO_SECKEY", ErrNoSecretKey},
}

func (c *call) reason() error {
	for _, r := range reasons {
		if c.said(r.line) {
			return r.err
		}
	}
	if c.said("BEGIN_DECRYPTION") && !c.said("DECRYPTION_OKAY") && !c.said("DECRYPTION_INFO") {
		// gpg came to no key at all. It does not always say why.
		if c.said("ENC_TO") && !c.haveSecretKey() {
			return ErrNoSecretKey
		}
		return ErrWrongPassphrase
	}
	return ErrDamaged
}

// haveSecretKey reports that one of the keys which the message is for is here.
func (c *call) haveSecretKey() bool {
	for _, line := range c.status {
		f := strings.Fields(line)
		if len(f) > 1 && f[0] == "ENC_TO" && c.list("--list-secret-keys", "0x"+f[1]).Run() == nil {
			return true
		}
	}
	return false
}

func (c *call) said(word string) bool {
	for _, line := range c.status {
		if line == word || strings.HasPrefix(line, word+" ") {
			return true
		}
	}
	return false
}

// signers returns the fingerprints of the keys that signed, subkeys and main
// keys.
func (c *call) signers() (keys []string) {
	for _, line := range c.status {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VALIDSIG" {
			keys = append(keys, f[1], f[len(f)-1])
		}
	}
	return keys
}

// byGnuPG lets gpg open a message.
func (d *Decrypter) byGnuPG(h *head, rest *bufio.Reader) (io.ReadCloser, error) {
	if err := requireGnuPG(); err != nil {
		return nil, err
	}
	passphrase, err := d.choose(h, rest)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(d.ctx)
	args := append(secretArgs(passphrase), "--decrypt")
	if h.legacy {
		// Only here: with it gpg takes a wrong hash for none.
		args = append(args, "--ignore-mdc-error")
	}
	cmd := gnuPG(ctx, d.config.GnuPGHome, args...)
	cmd.Stdin = io.MultiReader(&h.raw, rest)
	out, err := cmd.StdoutPipe()
	if err != nil {
		stop()
		return nil, err
	}
	c, err := start(ctx, d.config.GnuPGHome, cmd, stop, passphrase)
	if err != nil {
		stop()
		return nil, err
	}
	return &gnuPGReader{call: c, out: out, signKey: d.config.SignKey, legacy: h.legacy}, nil
}

// choose returns the passphrase to give to gpg. It takes one at a time and
// reads a message once, so with several each is tried on the beginning of the
// message, first the one that was right the last time.
func (d *Decrypter) choose(h *head, rest *bufio.Reader) (string, error) {
	candidates := d.config.Passphrases
	switch len(candidates) {
	case 0:
		return "", nil
	case 1:
		return candidates[0], nil
	}
	d.mu.Lock()
	last := d.last
	d.mu.Unlock()
	start, err := rest.Peek(rest.Size())
	if err != nil && err != io.EOF {
		return "", err
	}
	for i := range candidates {
		i = (last + i) % len(candidates)
		opens, err := d.try(candidates[i], io.MultiReader(bytes.NewReader(h.raw.Bytes()), bytes.NewReader(start)))
		if err != nil {
			return "", err
		}
		if opens {
			d.mu.Lock()
			d.last = i
			d.mu.Unlock()
			return candidates[i], nil
		}
	}
	return candidates[last], nil // gpg will say what is wrong
}

// try reports that gpg opens the beginning of a message with a passphrase.
func (d *Decrypter) try(passphrase string, beginning io.Reader) (bool, error) {
	ctx, stop := context.WithCancel(d.ctx)
	defer stop()
	cmd := gnuPG(ctx, d.config.GnuPGHome, append(secretArgs(passphrase), "--decrypt")...)
	cmd.Stdin = beginning
	c, err := start(ctx, d.config.GnuPGHome, cmd, stop, passphrase)
	if err != nil {
		return false, err
	}
	_ = c.wait() // what it was given is cut short: only the status counts
	if d.ctx.Err() != nil {
		return false, context.Cause(d.ctx)
	}
	return c.said("PLAINTEXT") || c.said("DECRYPTION_KEY"), nil
}

// gnuPGReader reads what gpg decrypts.
type gnuPGReader struct {
	*call
	out     io.Reader
	signKey string
	legacy  bool // there is no hash to be right
	err     error
	ended   bool
}

// Read implements io.Reader; the end counts only when gpg says so.
func (r *gnuPGReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.out.Read(p)
	if err != nil {
		r.ended = true
		r.err = r.finish(err)
		r.stop()
	}
	return n, r.err
}

func (r *gnuPGReader) finish(err error) error {
	werr := r.wait()
	switch {
	case err != io.EOF: // a reader returns it as it is; inside another error it is damage
		return errors.Join(err, werr)
	case werr != nil:
		return werr
	case !r.said("DECRYPTION_OKAY") || !r.said("GOODMDC") && !r.legacy:
		return fmt.Errorf("%w: gpg does not call it whole", ErrDamaged)
	}
	if r.signKey != "" && !signedBy(r.signers(), r.signKey) {
		return ErrSigner
	}
	return io.EOF
}

// leastKey is the length of the shortest key id, in digits.
const leastKey = 8

// signedBy compares the last digits, as duplicity does.
func signedBy(signers []string, key string) bool {
	key = strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(key, "0x"), "0X"))
	for _, s := range signers {
		if len(key) >= leastKey && strings.HasSuffix(strings.ToUpper(s), key) {
			return true
		}
	}
	return false
}

// Close ends gpg.
func (r *gnuPGReader) Close() error {
	r.stop()
	if !r.ended {
		r.ended = true
		_ = r.wait() // it was ended by us
	}
	return nil
}

// encryptByGnuPG lets gpg sign and encrypt.
func (e *Encrypter) encryptByGnuPG(dst io.Writer) (Message, error) {
	c := e.config
	passphrase := cmp.Or(c.SignPassphrase, c.Passphrase)
	args := append(secretArgs(passphrase), "--trust-model", "always", "--cipher-algo", "AES256",
		"--s2k-digest-algo", "SHA256", "--local-user", c.SignKey, "--sign")
	compression := "none"
	if c.Compress {
		compression = "zip"
	}
	args = append(args, "--compress-algo", compression)
	if c.Passphrase != "" {
		if c.SignPassphrase != "" && c.SignPassphrase != c.Passphrase {
			return nil, errors.New("openpgp: with a passphrase and a signature both passphrases must be the same")
		}
		args = append(args, "--symmetric", "--force-mdc")
	}
	for _, r := range e.recipients {
		option := "--recipient"
		if r.hidden {
			option = "--hidden-recipient"
		}
		args = append(args, option, fmt.Sprintf("%X!", r.key.Fingerprint))
	}
	if len(e.recipients) > 0 {
		args = append(args, "--encrypt")
	}
	ctx, stop := context.WithCancel(e.ctx)
	cmd := gnuPG(ctx, c.GnuPGHome, args...)
	cmd.Stdout = dst
	in, err := cmd.StdinPipe()
	if err != nil {
		stop()
		return nil, err
	}
	running, err := start(ctx, c.GnuPGHome, cmd, stop, passphrase)
	if err != nil {
		stop()
		return nil, err
	}
	return &gnuPGWriter{call: running, in: in}, nil
}

// gnuPGWriter hands content to gpg.
type gnuPGWriter struct {
	*call
	in     io.WriteCloser
	closed bool
	err    error
}

func (w *gnuPGWriter) Write(p []byte) (int, error) {
	n, err := w.in.Write(p)
	if err != nil {
		// gpg went away; why, it says at its end.
		return n, errors.Join(err, w.Close())
	}
	return n, nil
}

// Pending is what gpg may hold back: it does not say.
func (w *gnuPGWriter) Pending() int64 { return 1 << 17 }

// Close ends the message.
func (w *gnuPGWriter) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	err := w.in.Close()
	if werr := w.wait(); werr != nil {
		err = werr
	}
	w.stop()
	w.err = err
	return err
}
