package imap

import (
	"fmt"
	"io"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/varve-backup/varve/backends"
)

// pipeline is how many mails are measured at once.
const pipeline = 64

// tailLength is enough to see the end of base64.
const tailLength = 8

// measure returns the size of the content of a mail.
func (c *conn) measure(m *mailInfo) (int64, error) {
	sizes, err := c.measureAll([]mailInfo{*m})
	if err != nil {
		return 0, err
	}
	return sizes[0], nil
}

// measureAll measures several. What the header says counts where the length of
// the part agrees; else the end of the part tells, and where even that does not
// help, all of it is read.
func (c *conn) measureAll(all []mailInfo) ([]int64, error) {
	sizes, errs := make([]int64, len(all)), make([]error, len(all))
	var asked sync.WaitGroup
	for i, m := range all {
		switch {
		case m.isBase64() && m.said >= 0 && isRegular(m.length, m.said):
			sizes[i] = m.said
		case m.isBase64():
			// All are asked for before the first answer is awaited. The answers
			// come in an order of the server's.
			fetch := c.fetchEnd(&m)
			asked.Go(func() { sizes[i], errs[i] = endSize(&m, fetch) })
		default:
			sizes[i] = -1
		}
	}
	asked.Wait()
	for i := range sizes {
		if sizes[i] < 0 && errs[i] == nil {
			sizes[i], errs[i] = c.count(&all[i])
		}
		if errs[i] != nil {
			return nil, errs[i]
		}
	}
	return sizes, nil
}

func (c *conn) fetchEnd(m *mailInfo) *imapclient.FetchCommand {
	end := section(max(m.length-tailLength, 0), tailLength)
	return c.Fetch(imap.UIDSetNum(m.uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{end}})
}

// endSize returns -1 where the end of a mail does not tell its size.
func endSize(m *mailInfo, fetch *imapclient.FetchCommand) (int64, error) {
	end, err := onlySection(fetch)
	if err != nil {
		return 0, err
	}
	if size, ok := contentSize(m.length, end); ok {
		return size, nil
	}
	return -1, nil
}

// onlySection reads the one section that a command asked for.
func onlySection(fetch *imapclient.FetchCommand) ([]byte, error) {
	found, err := fetch.Collect()
	if err := expunged(err); err != nil {
		return nil, err
	}
	if len(found) != 1 || len(found[0].BodySection) != 1 {
		return nil, errReplaced
	}
	return found[0].BodySection[0].Bytes, nil
}

// count reads the content of a mail to the end.
func (c *conn) count(m *mailInfo) (int64, error) {
	b, err := c.fetchBody(m, section(0, -1))
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, decoder(m.encoding, b.literal))
	if derr := c.drain(); derr != nil {
		return 0, derr
	}
	if err == io.ErrUnexpectedEOF { // base64 that stops in the middle
		err = fmt.Errorf("%w: the mail ends too early", backends.ErrCorrupt)
	}
	return n, unreadable(err)
}
