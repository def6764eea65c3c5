package backends

import (
	"context"
	"os"
	"time"
)

// Config is what a destination is opened with, besides its address.
type Config struct {
	// Create makes the folder, bucket or container when it is missing.
	Create bool
	// Explore opens a destination to look through its folders and to make some,
	// as Foldered can. Nothing is stored. Its address may name nothing but the
	// server or the account, and a folder that it names need not answer.
	Explore bool
	// Options are those of the kind, by name, as its Kind lists them. open
	// refuses any other with ErrConfig before a kind sees them.
	Options map[string]string
	// Getenv reads the environment; nil means the program's own. A part of a
	// multi destination has one of its own.
	Getenv func(name string) string
	// Secret gets a secret, from the keyring or a person; nil means that
	// nobody can be asked.
	Secret func(ctx context.Context, r SecretRequest) (string, error)
	// Trust asks whether a server that was never met is the right one; nil
	// means that nobody can be asked, and the answer is no.
	Trust func(ctx context.Context, k HostKey) (bool, error)
	// Tokens keeps what a service gives out anew from time to time; nil means
	// that it lives as long as the Store.
	Tokens Tokens
	// State is a folder of this machine in which a kind keeps what it knows a
	// destination by; empty: nothing is kept, and nothing known again.
	State string
	// Trial: what is stored is deleted again, and the destination is not kept in
	// mind.
	Trial bool
	// Timeout is how long a transfer may stand still; 0 means 30 seconds.
	Timeout time.Duration
	// Connections is how many calls go on at once; 0 is the kind's choice.
	Connections int
	// CAFiles are files of certificates, in PEM, that are trusted besides the
	// system's. Insecure trusts any certificate.
	CAFiles  []string
	Insecure bool
}

// Env reads the environment.
func (c *Config) Env(name string) string {
	if c.Getenv == nil {
		return os.Getenv(name)
	}
	return c.Getenv(name)
}

// DefaultTimeout is how long a transfer may stand still, as duplicity has it.
const DefaultTimeout = 30 * time.Second

// Stall is Timeout, or what it means when it is 0.
func (c *Config) Stall() time.Duration {
	if c.Timeout == 0 {
		return DefaultTimeout
	}
	return c.Timeout
}

// A SecretKind says what a secret opens.
type SecretKind int

// The kinds of secrets.
const (
	// Password opens an account.
	Password SecretKind = iota
	// KeyPassphrase opens a file with a private key.
	KeyPassphrase
	// OneTimeCode is valid once.
	OneTimeCode
)

// SecretRequest asks for a secret.
type SecretRequest struct {
	Kind SecretKind
	// Account names what it opens, as "sftp://alice@nas.local" or the path of
	// a key. It is the name in the keyring.
	Account string
	// Prompt is the question, without a mark at its end.
	Prompt string
	// Again: the one that was given before was refused.
	Again bool
}

// HostKey is the key that a server shows.
type HostKey struct {
	// Host is the name of the server, with its port where that is not 22.
	Host string
	// Type is as in "ssh-ed25519", Fingerprint as in "SHA256:…".
	Type, Fingerprint string
}

// Tokens keeps secrets that change by themselves, by the name of the account.
// What Save returned nil for is durable. It may be used by several goroutines.
type Tokens interface {
	// Load returns "" when there is none.
	Load(ctx context.Context, account string) (string, error)
	Save(ctx context.Context, account, token string) error
}
