package imap

import (
	"context"
	"io"
	"net"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// conn is a connection, logged in, with the mailbox open.
type conn struct {
	*imapclient.Client
	net  net.Conn
	caps imap.CapSet
	// mailbox is where mails go.
	mailbox string
	// limit is the largest mail that the server takes, by its own words; 0
	// where it says nothing.
	limit int64
	// unwatch ends the watch over a context; false when it has ended already.
	unwatch func() bool
	// open is what is being fetched: the library waits until it was read.
	open *body
}

// largestMail is what the protocol can count.
const largestMail = 1<<32 - 1

// largest is the largest mail.
func (c *conn) largest() int64 {
	if c.limit > 0 {
		return min(c.limit, largestMail)
	}
	return largestMail
}

// wordsOnly tells a server that searches for whole words, in its own way:
// Google's. A name may not be found there by its letters.
func (c *conn) wordsOnly() bool { return c.caps.Has("X-GM-EXT-1") }

// send appends a mail. The number is 0 where the server does not tell it.
func (c *conn) send(m *mail, in io.Reader) (imap.UID, error) {
	cmd := c.Append(c.mailbox, m.size(), nil)
	if err := m.write(cmd, in); err != nil {
		// The server waits for the rest of the mail. Without a connection it
		// forgets it; only then does the library let go.
		refused := refusal(cmd, err)
		if refused == nil {
			c.kill()
		}
		_ = cmd.Close() // it has failed already
		if refused != nil {
			return 0, refused
		}
		return 0, err
	}
	if err := cmd.Close(); err != nil {
		return 0, err
	}
	data, err := cmd.Wait()
	if err != nil {
		return 0, err
	}
	return data.UID, nil
}

// expunge deletes mails for good.
func (c *conn) expunge(uids imap.UIDSet) error {
	flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true}
	if err := expunged(c.Store(uids, flags, nil).Close()); err != nil {
		return err
	}
	if c.caps.Has(imap.CapUIDPlus) {
		return c.UIDExpunge(uids).Close()
	}
	return c.Expunge().Close()
}

// watch kills the connection when a context ends.
func (c *conn) watch(ctx context.Context) { c.unwatch = context.AfterFunc(ctx, c.kill) }

// kill ends the connection at once, and whatever waits for it.
func (c *conn) kill() { _ = c.net.Close() } // it is of no use any more
