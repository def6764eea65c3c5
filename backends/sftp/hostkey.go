package sftp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/varve-backup/varve/backends"
)

// hostKeys judges the keys that a server shows.
type hostKeys struct {
	target *target
	// trust asks a person; nil means no.
	trust func(ctx context.Context, k backends.HostKey) (bool, error)

	mu sync.Mutex
	// accepted are keys that were accepted for as long as the store lives,
	// whether or not they could be written down.
	accepted [][]byte
}

// ErrNeverMet is the backends.ErrHostKey of a server that nobody has confirmed
// yet: no other key of it is known.
var ErrNeverMet = errors.New("was never met")

// nowhere is the address of a server that is known by its name alone.
var nowhere = &net.TCPAddr{IP: net.IPv4zero}

// check is nil for a key that is known and for one that is accepted now.
func (h *hostKeys) check(ctx context.Context, key ssh.PublicKey) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if slices.ContainsFunc(h.accepted, func(k []byte) bool { return bytes.Equal(k, key.Marshal()) }) {
		return nil
	}
	known, done, err := h.load()
	if err != nil {
		return fmt.Errorf("%w: %w", backends.ErrHostKey, err)
	}
	defer done()
	err = known(h.target.keyName(), nowhere, key)
	if err == nil {
		return nil
	}
	mismatch, ok := errors.AsType[*knownhosts.KeyError](err)
	if !ok {
		return fmt.Errorf("%w: %s: %w; nothing was sent", backends.ErrHostKey, h.target.alias, err)
	}
	if len(mismatch.Want) > 0 {
		return h.changed(key, mismatch.Want)
	}
	return h.unknown(ctx, key)
}

// changed refuses. The text names the line that a person may have to delete.
func (h *hostKeys) changed(key ssh.PublicKey, want []knownhosts.KnownKey) error {
	line := want[0]
	for _, w := range want {
		if w.Key.Type() == key.Type() {
			line = w
		}
	}
	return fmt.Errorf("%w: %s shows the key %s (%s), which is not the one in %s, line %d; nothing was sent",
		backends.ErrHostKey, h.target.alias, ssh.FingerprintSHA256(key), key.Type(), h.original(line.Filename), line.Line)
}

// original names the file of which load may have made a copy.
func (h *hostKeys) original(name string) string {
	if i, ok := strings.CutPrefix(filepath.Ext(name), copied); ok {
		for n, path := range h.target.knownHosts {
			if fmt.Sprint(n) == i {
				return path
			}
		}
	}
	return name
}

// unknown decides about a server that was never met.
func (h *hostKeys) unknown(ctx context.Context, key ssh.PublicKey) error {
	refused := fmt.Errorf("%w: %s %w; it shows the key %s (%s); nothing was sent", backends.ErrHostKey,
		h.target.alias, ErrNeverMet, ssh.FingerprintSHA256(key), key.Type())
	switch h.target.strict {
	case "no", "off", "accept-new":
	case "yes":
		return refused
	default:
		if h.trust == nil {
			return refused
		}
		name := knownhosts.Normalize(h.target.keyName())
		yes, err := h.trust(ctx, backends.HostKey{Host: name, Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)})
		if err != nil {
			return fmt.Errorf("%w: asking about it: %w", refused, err)
		}
		if !yes {
			return refused
		}
	}
	h.accepted = append(h.accepted, key.Marshal())
	h.write(key)
	return nil
}

// write adds a key to the user's file. Where that cannot be written the
// question comes again next time, which is no reason to stop.
func (h *hostKeys) write(key ssh.PublicKey) {
	path := h.target.addTo
	if path == "" {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	line := knownhosts.Line([]string{h.target.keyName()}, key) + "\n"
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		last := []byte{'\n'}
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = "\n" + line
		}
	}
	_, _ = f.WriteString(line) // see above
}

// types are those of the keys that are known of the server. A server that has
// several is asked for these, so that it is recognized.
func (h *hostKeys) types() []string {
	known, done, err := h.load()
	if err != nil {
		return nil
	}
	defer done()
	mismatch, ok := errors.AsType[*knownhosts.KeyError](known(h.target.keyName(), nowhere, noKey{}))
	if !ok {
		return nil
	}
	var types []string
	for _, w := range mismatch.Want {
		switch t := w.Key.Type(); t {
		case ssh.KeyAlgoRSA:
			types = append(types, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512, t)
		default:
			types = append(types, t)
		}
	}
	return types
}

// noKey is the key of no server.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return []byte("none") }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("not a key") }

// copied is in the names of copies that load makes.
const copied = ".varve-"

// load reads the files of known keys; done removes what it made. Lines that
// cannot be read count as missing, as they do for ssh, but the reader of the
// library refuses their file: it gets a copy in which they are empty.
func (h *hostKeys) load() (known ssh.HostKeyCallback, done func(), err error) {
	var paths, copies []string
	done = func() {
		for _, path := range copies {
			os.Remove(path)
		}
	}
	for i, path := range h.target.knownHosts {
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
			continue
		}
		clean := readable(b)
		if err == nil && !bytes.Equal(b, clean) {
			path, err = writeCopy(clean, i)
			copies = append(copies, path)
		}
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("reading known host keys: %w", err)
		}
		paths = append(paths, path)
	}
	if known, err = knownhosts.New(paths...); err != nil {
		done()
		return nil, nil, fmt.Errorf("reading known host keys: %w", err)
	}
	return known, done, nil
}

func writeCopy(content []byte, i int) (string, error) {
	f, err := os.CreateTemp("", "known_hosts-*"+copied+fmt.Sprint(i))
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return f.Name(), err
}

// readable empties the lines that cannot be read.
func readable(content []byte) []byte {
	lines := bytes.Split(content, []byte("\n"))
	for i, line := range lines {
		if text := bytes.Trim(line, " \t\r"); len(text) > 0 && text[0] != '#' && !readableLine(text) {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// readableLine reports what the library's reader takes.
func readableLine(line []byte) bool {
	fields := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) > 0 && (fields[0] == "@cert-authority" || fields[0] == "@revoked") {
		fields = fields[1:]
	}
	if len(line) > 32<<10 || len(fields) < 3 || strings.HasPrefix(fields[0], "@") || !readableHosts(fields[0]) {
		return false
	}
	blob, err := base64.StdEncoding.DecodeString(fields[2])
	if err != nil {
		return false
	}
	key, err := ssh.ParsePublicKey(blob)
	return err == nil && key.Type() == fields[1]
}

func readableHosts(list string) bool {
	if strings.HasPrefix(list, "|") {
		parts := strings.Split(list, "|")
		if len(parts) != 4 || parts[1] != "1" {
			return false
		}
		_, serr := base64.StdEncoding.DecodeString(parts[2])
		_, herr := base64.StdEncoding.DecodeString(parts[3])
		return serr == nil && herr == nil
	}
	for name := range strings.SplitSeq(list, ",") {
		negated := strings.HasPrefix(name, "!")
		name = strings.TrimPrefix(name, "!")
		if negated && name == "" {
			return false
		}
		if _, _, err := net.SplitHostPort(name); err != nil && strings.HasPrefix(name, "[") {
			return false
		}
	}
	return true
}
