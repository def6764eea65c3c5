package imap

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// mailInfo is a mail of ours that was found.
type mailInfo struct {
	uid  imap.UID
	name string
	at   time.Time
	// said is the size that its header names, or -1.
	said int64
	// encoding and length are those of the part with the content.
	encoding string
	length   int64
}

func (m *mailInfo) isBase64() bool { return strings.EqualFold(m.encoding, "base64") }

// simple senders can be searched for: servers take a sender apart as an
// address, each in its own way.
var simple = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// criteria search for the mails of a name, or of any. They find too many
// rather than too few: servers look for parts of words.
func (s *Store) criteria(name string) *imap.SearchCriteria {
	c := &imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	if simple.MatchString(s.from) {
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: "From", Value: s.from})
	}
	if name != "" && isPlain(name) {
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: "Subject", Value: name})
	}
	return c
}

// find returns the mails of a name, the oldest first.
func (s *Store) find(c *conn, name string) ([]mailInfo, error) {
	criteria := s.criteria(name)
	if c.wordsOnly() {
		criteria = s.criteria("")
	}
	all, err := s.mails(c, criteria)
	return slices.DeleteFunc(all, func(m mailInfo) bool { return m.name != name }), err
}

// perFetch is how many mails are asked about at once: a command has a length
// that servers bear.
const perFetch = 500

// mails returns the mails of our sender, the oldest first.
func (s *Store) mails(c *conn, criteria *imap.SearchCriteria) ([]mailInfo, error) {
	// A server tells what others changed only between commands.
	noop, search := c.Noop(), c.UIDSearch(criteria, nil)
	if err := noop.Wait(); err != nil {
		return nil, err
	}
	data, err := search.Wait()
	if err != nil {
		return nil, err
	}
	uids := data.AllUIDs()
	var all []mailInfo
	for batch := range slices.Chunk(uids, perFetch) {
		found, err := s.describe(c, imap.UIDSetNum(batch...))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b mailInfo) int { return cmp.Compare(a.uid, b.uid) })
	return all, nil
}

// describe asks what mails are, and keeps those of our sender.
func (s *Store) describe(c *conn, uids imap.UIDSet) ([]mailInfo, error) {
	head := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"From", "Subject", sizeHeader}, Peek: true}
	fetch := c.Fetch(uids, &imap.FetchOptions{
		UID: true, InternalDate: true, Flags: true, BodyStructure: &imap.FetchItemBodyStructure{}, BodySection: []*imap.FetchItemBodySection{head},
	})
	var all []mailInfo
	for data := fetch.Next(); data != nil; data = fetch.Next() {
		b, err := data.Collect()
		if err != nil {
			_ = fetch.Close() // the first error is the one that matters
			return nil, err
		}
		if m, ok := s.mine(b); ok {
			all = append(all, m)
		}
	}
	return all, expunged(fetch.Close())
}

// mine tells what a mail is, and whether it is one of our sender.
func (s *Store) mine(b *imapclient.FetchMessageBuffer) (mailInfo, bool) {
	if len(b.BodySection) == 0 || b.UID == 0 || slices.Contains(b.Flags, imap.FlagDeleted) {
		return mailInfo{}, false
	}
	h := parseHeaders(b.BodySection[0].Bytes)
	single, ok := content(b.BodyStructure)
	if !ok || h.from != s.from || h.subject == "" {
		return mailInfo{}, false
	}
	return mailInfo{uid: b.UID, name: h.subject, at: b.InternalDate, said: h.size, encoding: single.Encoding, length: int64(single.Size)}, true
}

// content is the part with the content: the first, or the only one.
func content(structure imap.BodyStructure) (*imap.BodyStructureSinglePart, bool) {
	if several, ok := structure.(*imap.BodyStructureMultiPart); ok {
		if len(several.Children) == 0 {
			return nil, false
		}
		structure = several.Children[0]
	}
	single, ok := structure.(*imap.BodyStructureSinglePart)
	return single, ok
}
