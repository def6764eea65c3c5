package cloud

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/varve-backup/varve/backends"
)

// botoKeys reads a key from the files of Amazon's old library for Python. The
// later of them counts, as there.
func botoKeys(c *backends.Config, keyName, secretName string) (key, secret string, err error) {
	files := []string{"/etc/boto.cfg", filepath.Join(c.Env("HOME"), ".boto")}
	if named := c.Env("BOTO_CONFIG"); named != "" {
		files = []string{named}
	}
	for _, path := range files {
		values, err := readINI(path, "credentials")
		if err != nil {
			return "", "", err
		}
		if values[keyName] != "" {
			key, secret = values[keyName], values[secretName]
		}
	}
	return key, secret, nil
}

// largestINI is how much of a file of settings is read.
const largestINI = 1 << 20

// readINI reads a section of a file, with its names in lower case. A file that
// is not there has none.
func readINI(path, section string) (map[string]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, iofs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", backends.ErrConfig, err)
	}
	defer f.Close()
	values, err := parseINI(io.LimitReader(f, largestINI), section)
	if err != nil {
		return nil, fmt.Errorf("%w: reading %s: %w", backends.ErrConfig, path, err)
	}
	return values, nil
}

// parseINI reads "name = value" or "name: value" under "[section]".
func parseINI(r io.Reader, section string) (map[string]string, error) {
	values, inside := map[string]string{}, false
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, largestINI)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "", line[0] == '#', line[0] == ';':
		case line[0] == '[':
			inside = strings.EqualFold(strings.Trim(line, "[] \t"), section)
		case inside:
			if i := strings.IndexAny(line, "=:"); i > 0 {
				values[strings.ToLower(strings.TrimSpace(line[:i]))] = strings.TrimSpace(line[i+1:])
			}
		}
	}
	return values, lines.Err()
}
