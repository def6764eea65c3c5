package cloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	smithy "github.com/aws/smithy-go/transport/http"
	swiftapi "github.com/ncw/swift/v2"
	b2api "github.com/rclone/rclone/backend/b2/api"
	boxapi "github.com/rclone/rclone/backend/box/api"
	jottacloudapi "github.com/rclone/rclone/backend/jottacloud/api"
	onedriveapi "github.com/rclone/rclone/backend/onedrive/api"
	pcloudapi "github.com/rclone/rclone/backend/pcloud/api"
	webdavapi "github.com/rclone/rclone/backend/webdav/api"
	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/fs/fserrors"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"github.com/varve-backup/varve/backends"
)

// failure is an error of the library with what it means. Its text is in one
// line.
type failure struct {
	class error
	err   error
	text  string
}

func (f *failure) Error() string   { return f.class.Error() + ": " + f.text }
func (f *failure) Unwrap() []error { return []error{f.class, f.err} }

// classify gives an error of the library its class, one of those of all
// stores. What the context says comes first: a run that was ended is no fault
// of the destination.
func classify(ctx context.Context, err error, secrets []string) error {
	if err == nil {
		return nil
	}
	if _, source := errors.AsType[*sourceError](err); source {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if isOurs(err) {
		return err
	}
	f := &failure{class: classOf(err), err: err, text: oneLine(err.Error(), secrets)}
	switch {
	case isRevoked(err):
		f.text = "the service does not accept the token any more; log in again"
	case ofProject(err) != nil:
		f.text = "Google lists and makes buckets of a project only, and none is named"
	}
	if after := busyFor(err); after > 0 && errors.Is(f.class, backends.ErrTemporary) {
		return &backends.BusyError{After: after, Err: errors.New(f.text)}
	}
	return f
}

// isOurs tells errors that were made with their class.
func isOurs(err error) bool {
	if _, made := errors.AsType[*failure](err); made {
		return true
	}
	return errors.Is(err, backends.ErrTemporary) || errors.Is(err, backends.ErrCorrupt) || backends.IsPermanent(err)
}

// headers are those of an answer, which one of the libraries tells as well.
var headers = regexp.MustCompile(`; headers: map\[.*\], content:`)

// longest is how many bytes of a server's words an error has.
const longest = 400

// oneLine is a text without line breaks and secrets.
func oneLine(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) > 3 {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	text = strings.ToValidUTF8(strings.Join(strings.Fields(text), " "), "?")
	text = library.ReplaceAllString(text, "varve$1")
	text = headers.ReplaceAllString(text, ":")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// classOf says what an error means for every store.
func classOf(err error) error {
	if err == nil {
		return nil
	}
	for _, ask := range [...]func(error) error{ofLibrary, ofCode, ofConnection, ofStatus, ofSystem} {
		if class := ask(err); class != nil {
			return class
		}
	}
	return backends.ErrTemporary
}

// ofLibrary knows the library's own errors.
func ofLibrary(err error) error {
	for _, m := range [...]struct{ theirs, ours error }{
		{fs.ErrorObjectNotFound, backends.ErrNotExist},
		{fs.ErrorDirNotFound, backends.ErrNotExist},
		{fs.ErrorIsFile, backends.ErrConfig},
		{fs.ErrorPermissionDenied, backends.ErrPermission},
		{fs.ErrorNotImplemented, backends.ErrUnsupported},
		{fs.ErrorCommandNotFound, backends.ErrUnsupported},
		{fs.ErrorNotFoundInConfigFile, backends.ErrConfig},
		{fs.ErrorFileNameTooLong, backends.ErrInvalidName},
	} {
		if errors.Is(err, m.theirs) {
			return m.ours
		}
	}
	switch {
	case isCold(err), isArchived(err):
		return backends.ErrCold
	case isRevoked(err), isBrokenKey(err), isKeyless(err):
		return backends.ErrAuth
	}
	return ofProject(err)
}

// ofConnection knows why there was no answer.
func ofConnection(err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
	)
	if errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &unknown) || errors.As(err, &hostname) || errors.As(err, &invalid) || errors.As(err, &verify) {
		return backends.ErrCertificate
	}
	return nil
}

// ofSystem knows errors of this computer.
func ofSystem(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return backends.ErrFull
	case errors.Is(err, os.ErrPermission):
		return backends.ErrPermission
	}
	return nil
}

// ofCode knows the words that services have for what went wrong.
func ofCode(err error) error {
	for _, code := range codes(err) {
		if class := meaning(code); class != nil {
			return class
		}
	}
	return nil
}

// codes collects those words.
func codes(err error) (all []string) {
	var coded interface{ ErrorCode() string } // of the S3 library
	if errors.As(err, &coded) {
		all = append(all, coded.ErrorCode())
	}
	if e, is := errors.AsType[*azcore.ResponseError](err); is {
		all = append(all, e.ErrorCode)
	}
	if e, is := errors.AsType[*googleapi.Error](err); is {
		for _, item := range e.Errors {
			all = append(all, item.Reason)
		}
	}
	if e, is := errors.AsType[*b2api.Error](err); is {
		all = append(all, e.Code)
	}
	if e, is := errors.AsType[*boxapi.Error](err); is {
		all = append(all, e.Code)
	}
	if e, is := errors.AsType[*onedriveapi.Error](err); is {
		all = append(all, e.ErrorInfo.InnerError.Code, e.ErrorInfo.Code)
	}
	if e, is := errors.AsType[*oauth2.RetrieveError](err); is {
		all = append(all, cmp.Or(e.ErrorCode, "invalid_grant"))
	}
	if e, is := errors.AsType[*pcloudapi.Error](err); is {
		all = append(all, "pcloud "+strconv.Itoa(e.Result))
	}
	return append(append(all, dropboxCodes(err)...), smbCodes(err)...)
}

// meaning is the class of such a word.
func meaning(code string) error {
	switch code {
	case "NoSuchBucket", "NoSuchKey", "NotFound", "ContainerNotFound", "BlobNotFound", "itemNotFound", "not_found", "no_such_file",
		"pcloud 2005", "pcloud 2009", "pcloud 2002":
		return backends.ErrNotExist
	case "SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId",
		"AuthenticationFailed", "AuthorizationFailure", "InvalidAuthenticationInfo", "authError", "bad_auth_token", "expired_auth_token", "unauthenticated", "InvalidAuthenticationToken",
		"invalid_grant", "invalid_client", "unauthorized_client", "invalid_access_token", "expired_access_token", "pcloud 1000", "pcloud 2000", "pcloud 2094":
		return backends.ErrAuth
	case "AccessDenied", "AllAccessDisabled", "AccountProblem", "AuthorizationPermissionMismatch", "InsufficientAccountPermissions",
		"forbidden", "insufficientPermissions", "insufficientFilePermissions", "access_denied", "access_denied_insufficient_permissions", "accessDenied",
		"pcloud 2003":
		return backends.ErrPermission
	case "storageQuotaExceeded", "teamDriveFileLimitExceeded", "insufficient_space", "storage_limit_exceeded", "quotaLimitReached", "cap_exceeded",
		"storage_cap_exceeded", "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "insufficientStorage", "pcloud 2008":
		return backends.ErrFull
	case "EntityTooLarge", "RequestBodyTooLarge", "file_size_limit_exceeded", "MaxSizeExceeded", "payload_too_large", "uploadTooLarge":
		return backends.ErrTooLarge
	case "InvalidObjectState", "BlobArchived", "BlobBeingRehydrated":
		return backends.ErrCold
	case "InvalidBucketName", "InvalidResourceName", "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidStorageClass":
		return backends.ErrConfig
	case "KeyTooLongError", "ExistingObjectIsDirectory", "ObjectParentIsFile", "XMinioInvalidObjectName", "invalidName", "pcloud 2001", "item_name_invalid", "item_name_too_long", "malformed_path", "disallowed_name":
		return backends.ErrInvalidName
	case "SlowDown", "ServerBusy", "InternalError", "ServiceUnavailable", "RequestTimeout", "OperationTimedOut", "rateLimitExceeded", "userRateLimitExceeded",
		"too_many_requests", "too_many_write_operations", "backendError", "activityLimitReached", "rate_limit_exceeded", "generalException", "RequestTimeTooSkewed":
		return backends.ErrTemporary
	}
	return nil
}

// ofStatus knows the numbers that servers answer with.
func ofStatus(err error) error {
	if e, is := errors.AsType[*textproto.Error](err); is { // of FTP
		return ofFTP(e.Code)
	}
	switch status(err) {
	case http.StatusUnauthorized:
		return backends.ErrAuth
	case http.StatusPaymentRequired, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusLocked:
		return backends.ErrPermission
	case http.StatusNotFound, http.StatusGone:
		return backends.ErrNotExist
	case http.StatusInsufficientStorage, outOfQuota:
		return backends.ErrFull
	case http.StatusRequestEntityTooLarge:
		return backends.ErrTooLarge
	case http.StatusNotImplemented:
		return backends.ErrUnsupported
	}
	return nil
}

// outOfQuota is what Jottacloud answers with when an account has no room.
const outOfQuota = 460

// ofFTP knows the numbers of FTP.
func ofFTP(code int) error {
	switch code {
	case 430, 530, 532:
		return backends.ErrAuth
	case 452, 552:
		return backends.ErrFull
	case 550:
		return backends.ErrPermission // a missing file has an error of the library's
	case 553:
		return backends.ErrInvalidName
	case 502, 504:
		return backends.ErrUnsupported
	}
	return nil
}

// status is the number of an answer over HTTP; 0: there was none.
func status(err error) int {
	if e, is := errors.AsType[*smithy.ResponseError](err); is {
		return e.HTTPStatusCode()
	}
	if e, is := errors.AsType[*azcore.ResponseError](err); is {
		return e.StatusCode
	}
	if e, is := errors.AsType[*googleapi.Error](err); is {
		return e.Code
	}
	if e, is := errors.AsType[*swiftapi.Error](err); is {
		return e.StatusCode
	}
	if e, is := errors.AsType[*b2api.Error](err); is {
		return e.Status
	}
	if e, is := errors.AsType[*boxapi.Error](err); is {
		return e.Status
	}
	if e, is := errors.AsType[*webdavapi.Error](err); is {
		return e.StatusCode
	}
	if e, is := errors.AsType[*jottacloudapi.Error](err); is {
		return e.StatusCode
	}
	if e, is := errors.AsType[*pcloudapi.Error](err); is {
		return e.Result // its own numbers have four digits
	}
	if e, is := errors.AsType[*oauth2.RetrieveError](err); is && e.Response != nil {
		return e.Response.StatusCode
	}
	return statusInWords(err)
}

// answer is what the library says of an answer that no service of its has a
// type for, or one that has it elsewhere: Koofr.
var answer = regexp.MustCompile(`HTTP error ([0-9]{3}) \(|Invalid response status! Got ([0-9]{3}),`)

func statusInWords(err error) int {
	found := answer.FindStringSubmatch(err.Error())
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(cmp.Or(found[1:]...)) // three digits
	return n
}

// busyFor is how long a server asks to be left alone.
func busyFor(err error) time.Duration {
	if fserrors.IsRetryAfterError(err) {
		return max(time.Until(fserrors.RetryAfterErrorTime(err)), 0)
	}
	header := http.Header{}
	if e, is := errors.AsType[*smithy.ResponseError](err); is && e.Response != nil {
		header = e.Response.Header
	}
	if e, is := errors.AsType[*azcore.ResponseError](err); is && e.RawResponse != nil {
		header = e.RawResponse.Header
	}
	if e, is := errors.AsType[*googleapi.Error](err); is {
		header = e.Header
	}
	return retryAfter(header.Get("Retry-After"))
}

// retryAfter reads that header: seconds, or a time.
func retryAfter(text string) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(time.Until(at), 0), 24*time.Hour)
	}
	return 0
}
