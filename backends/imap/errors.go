package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// classes says what a server's codes mean.
func classes() map[imap.ResponseCode]error {
	return map[imap.ResponseCode]error{
		imap.ResponseCodeAuthenticationFailed: backends.ErrAuth,
		imap.ResponseCodeExpired:              backends.ErrAuth,
		imap.ResponseCodeAuthorizationFailed:  backends.ErrPermission,
		imap.ResponseCodeNoPerm:               backends.ErrPermission,
		imap.ResponseCodeContactAdmin:         backends.ErrPermission,
		imap.ResponseCodePrivacyRequired:      backends.ErrConfig,
		imap.ResponseCodeOverQuota:            backends.ErrFull,
		imap.ResponseCodeTooBig:               backends.ErrTooLarge,
		imap.ResponseCodeNonExistent:          backends.ErrNotExist,
		imap.ResponseCodeTryCreate:            backends.ErrNotExist,
	}
}

// classify gives an error its class.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if refusal, ok := errors.AsType[*imap.Error](err); ok && !backends.IsPermanent(err) && !errors.Is(err, backends.ErrCorrupt) {
		if class := classes()[refusal.Code]; class != nil {
			return fmt.Errorf("%w: %w", class, err)
		}
	}
	return transfer.NetError(err)
}

// loginRefused is for the answer to a login: a server that only says no means
// the password.
func loginRefused(err error) error {
	refusal, ok := errors.AsType[*imap.Error](err)
	if !ok || refusal.Type != imap.StatusResponseTypeNo || refusal.Code == imap.ResponseCodeUnavailable || classes()[refusal.Code] != nil {
		return err
	}
	return fmt.Errorf("%w: %w", backends.ErrAuth, err)
}

// mailboxMissing returns an error when the answer to opening a mailbox means
// that it is not there, also in servers that only say no.
func mailboxMissing(err error) error {
	refusal, ok := errors.AsType[*imap.Error](err)
	if !ok || refusal.Type != imap.StatusResponseTypeNo {
		return nil
	}
	if class := classes()[refusal.Code]; class != nil && class != backends.ErrNotExist || refusal.Code == imap.ResponseCodeUnavailable { //nolint:errorlint // it is of the table
		return nil
	}
	return fmt.Errorf("%w: %w", backends.ErrNotExist, err)
}

// expunged forgives that a mail was deleted while it was asked about.
func expunged(err error) error {
	if refusal, ok := errors.AsType[*imap.Error](err); ok && refusal.Code == "EXPUNGEISSUED" {
		return nil
	}
	return err
}

// refusal is what a server said that did not want a mail to the end, or nil.
func refusal(cmd *imapclient.AppendCommand, err error) error {
	if _, ok := errors.AsType[*imap.Error](err); !ok {
		return nil
	}
	if _, werr := cmd.Wait(); werr != nil {
		return werr
	}
	return err
}
