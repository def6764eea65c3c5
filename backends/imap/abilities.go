package imap

import (
	"context"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// largestObject is what a mail of the largest size holds, with its headers.
const largestObject = (largestMail - 16<<10) / lineLength * lineBytes

// Traits implements backends.Describer.
func (s *Store) Traits() backends.Traits {
	return backends.Traits{Remote: true, Connections: cap(s.pool.slots), MaxSize: largestObject}
}

// Writable implements backends.Prober.
func (s *Store) Writable(ctx context.Context) error { return transfer.Probe(ctx, s) }

// Space implements backends.Spacer, for servers that tell their quota. Base64
// takes its part of it.
func (s *Store) Space(ctx context.Context) (free, total int64, err error) {
	err = s.pool.use(ctx, func(c *conn) error {
		if !c.caps.Has(imap.CapQuota) {
			return fmt.Errorf("%w: the server has no quota", backends.ErrUnsupported)
		}
		roots, err := c.GetQuotaRoot(c.mailbox).Wait()
		if err != nil {
			return err
		}
		for _, r := range roots {
			if storage, ok := r.Resources[imap.QuotaResourceStorage]; ok {
				const unit = 1024
				free, total = max(storage.Limit-storage.Usage, 0)*unit/lineLength*lineBytes, storage.Limit*unit/lineLength*lineBytes
				return nil
			}
		}
		return fmt.Errorf("%w: the server has no quota for this mailbox", backends.ErrUnsupported)
	})
	if err != nil {
		return -1, -1, fmt.Errorf("asking for the room in the mailbox: %w", err)
	}
	return free, total, nil
}

// abandoned is the age at which an older mail of a name is of no run any more.
const abandoned = 24 * time.Hour

// Sweep implements backends.Sweeper: where a run was broken off after it had
// replaced an object, the older mail is still there.
func (s *Store) Sweep(ctx context.Context) error {
	err := s.pool.use(ctx, func(c *conn) error {
		all, err := s.mails(c, s.criteria(""))
		if err != nil {
			return err
		}
		newest := make(map[string]imap.UID)
		for _, m := range all {
			newest[m.name] = m.uid
		}
		var older imap.UIDSet
		for _, m := range all {
			if m.uid != newest[m.name] && time.Since(m.at) > abandoned {
				older.AddNum(m.uid)
			}
		}
		if len(older) == 0 {
			return nil
		}
		return c.expunge(older)
	})
	if err != nil {
		return fmt.Errorf("deleting mails that were replaced: %w", err)
	}
	return nil
}
