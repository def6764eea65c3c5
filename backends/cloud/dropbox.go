package cloud

import (
	"errors"
	"strings"

	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox"
	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox/auth"
	"github.com/dropbox/dropbox-sdk-go-unofficial/v6/dropbox/files"
)

// dropboxCodes are the words in an error of Dropbox: "path/not_found/." is a
// path through its types.
func dropboxCodes(err error) []string {
	for _, of := range [...]func(error) (dropbox.APIError, bool){
		summary(func(e auth.AuthAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e auth.AccessAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e auth.RateLimitAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadSessionStartAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.UploadSessionFinishAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.DownloadAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.GetMetadataAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.ListFolderAPIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.DeleteV2APIError) dropbox.APIError { return e.APIError }),
		summary(func(e files.CreateFolderV2APIError) dropbox.APIError { return e.APIError }),
	} {
		if e, is := of(err); is {
			return strings.Split(e.ErrorSummary, "/")
		}
	}
	return nil
}

// summary makes a question for one of the types that Dropbox's errors have.
func summary[T error](of func(T) dropbox.APIError) func(error) (dropbox.APIError, bool) {
	return func(err error) (dropbox.APIError, bool) {
		e, is := errors.AsType[T](err)
		if !is {
			return dropbox.APIError{}, false
		}
		return of(e), true
	}
}
