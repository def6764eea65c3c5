package open

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/limit"
	"github.com/varve-backup/varve/backends/retry"
)

// Common lists the options that every kind has. The names are those of
// duplicity's flags where it has one.
func Common() []backends.Option {
	return []backends.Option{
		{Name: "num-retries", Type: backends.Number, Title: "Attempts", Help: "How often a transfer is tried before it counts as failed.", Default: "5", Advanced: true},
		{Name: "backend-retry-delay", Type: backends.Number, Title: "Longest wait", Help: "How many seconds lie between two attempts at most.", Default: "30", Advanced: true},
		{Name: "timeout", Type: backends.Number, Title: "Timeout", Help: "After how many seconds without a byte a transfer counts as broken.", Default: "30", Advanced: true},
		{Name: "connections", Type: backends.Number, Title: "Connections", Help: "How many transfers go on at once.", Advanced: true},
		{Name: "limit-upload", Type: backends.Number, Title: "Upload limit", Help: "How many KiB go up in a second at most; 0 means no limit.", Default: "0", Advanced: true},
		{Name: "limit-download", Type: backends.Number, Title: "Download limit", Help: "How many KiB come down in a second at most; 0 means no limit.", Default: "0", Advanced: true},
		{
			Name: "limit-schedule", Type: backends.Text, Title: "Limits by the clock", Advanced: true,
			Help: "Other limits at some hours, as in mon-fri 08:00-18:00 500K/2M; else - where 500 KiB go up and 2 MiB come down in a second of office hours, and any number at other times.",
		},
		{Name: "ssl-cacert-file", Type: backends.Path, Title: "Certificates", Help: "A file of certificates to trust, in PEM.", Advanced: true},
		{Name: "ssl-cacert-path", Type: backends.Path, Title: "Folder of certificates", Help: "A folder whose certificates are trusted.", Advanced: true},
		{
			Name: "ssl-no-check-certificate", Type: backends.Switch, Title: "Trust any certificate", Default: "false", Advanced: true,
			Help: "Whoever is in between can pretend to be the server. What is stored is encrypted all the same; the password for the server is not safe.",
		},
	}
}

// common are the options of every kind, read.
type common struct {
	retry       retry.Options
	limit       limit.Options
	timeout     time.Duration
	connections int
	caFiles     []string
	insecure    bool
}

// takeCommon reads those options and returns the others.
func takeCommon(options map[string]string) (c common, rest map[string]string, err error) {
	rest = maps.Clone(options)
	var errs []error
	for _, o := range Common() {
		value, there := options[o.Name]
		if !there {
			continue
		}
		delete(rest, o.Name)
		if err := o.Check(value); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, c.set(o.Name, value))
	}
	return c, rest, errors.Join(errs...)
}

// set takes a value that was checked.
func (c *common) set(name, value string) error {
	n, _ := strconv.Atoi(value)
	switch name {
	case "num-retries":
		c.retry.Attempts = n
	case "backend-retry-delay":
		c.retry.Longest = time.Duration(n) * time.Second
	case "timeout":
		c.timeout = time.Duration(n) * time.Second
	case "connections":
		c.connections, c.limit.Connections = n, n
	case "limit-upload", "limit-download", "limit-schedule":
		return c.setLimit(name, value, int64(n))
	case "ssl-cacert-file":
		c.caFiles = append(c.caFiles, value)
	case "ssl-cacert-path":
		found, err := certificatesIn(value)
		c.caFiles = append(c.caFiles, found...)
		return err
	case "ssl-no-check-certificate":
		c.insecure = value == "true"
	}
	return nil
}

// setLimit takes one of the limits; kib is its number, where it has one.
func (c *common) setLimit(name, value string, kib int64) (err error) {
	const most = 1 << 40
	if kib > most {
		return fmt.Errorf("%w: %s cannot be more than %d", backends.ErrConfig, name, int64(most))
	}
	switch name {
	case "limit-upload":
		c.limit.Rates.Upload = kib << 10
	case "limit-download":
		c.limit.Rates.Download = kib << 10
	case "limit-schedule":
		if c.limit.Schedule, err = limit.ParseSchedule(value); err != nil {
			err = fmt.Errorf("%w: %s: %w", backends.ErrConfig, name, err)
		}
	}
	return err
}

// withRetries adds the options that were read into o again, for the parts of a
// destination.
func withRetries(options map[string]string, o retry.Options) map[string]string {
	all := maps.Clone(options)
	if all == nil {
		all = map[string]string{}
	}
	if o.Attempts > 0 {
		all["num-retries"] = strconv.Itoa(o.Attempts)
	}
	if o.Longest > 0 {
		all["backend-retry-delay"] = strconv.Itoa(int(o.Longest / time.Second))
	}
	return all
}

// certificatesIn lists the files of certificates in a folder: by the names
// that people give them, and by those that OpenSSL does.
func certificatesIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: looking for certificates: %w", backends.ErrConfig, err)
	}
	var found []string
	for _, e := range entries {
		switch ext := filepath.Ext(e.Name()); {
		case e.IsDir():
		case ext == ".pem", ext == ".crt", isHashed(e.Name(), ext):
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, nil
}

// isHashed tells a name like 1a2b3c4d.0.
func isHashed(name, ext string) bool {
	stem := name[:len(name)-len(ext)]
	_, err := strconv.ParseUint(stem, 16, 32)
	return err == nil && len(stem) == 8 && len(ext) == 2 && ext[1] >= '0' && ext[1] <= '9'
}

// configure puts what was read where the kinds look for it.
func (c *common) configure(to *backends.Config) {
	if c.timeout > 0 {
		to.Timeout = c.timeout
	}
	if c.connections > 0 {
		to.Connections = c.connections
	}
	to.CAFiles = append(to.CAFiles, c.caFiles...)
	to.Insecure = to.Insecure || c.insecure
}
