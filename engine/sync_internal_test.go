package engine

import (
	"maps"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/retry"
)

func TestRepeatsOfASide(t *testing.T) {
	const plain, several = "sftp://h/x", "multi:///parts.json"
	for _, row := range []struct {
		plan     SyncPlan
		url      string
		own      map[string]string
		options  map[string]string
		attempts int
		ours     bool
	}{
		{SyncPlan{}, plain, nil, nil, 3, false},
		{SyncPlan{Attempts: 7}, plain, map[string]string{"a": "b"}, map[string]string{"a": "b", "num-retries": "1"}, 7, true},
		{SyncPlan{Delay: 1}, plain, nil, map[string]string{"num-retries": "1"}, 3, true},
		{SyncPlan{Constant: true}, plain, nil, map[string]string{"num-retries": "1"}, 3, true},
		{SyncPlan{Attempts: 7}, plain, map[string]string{"num-retries": "2"}, map[string]string{"num-retries": "2"}, 2, false},
		{SyncPlan{Attempts: 7}, plain, map[string]string{"backend-retry-delay": "2"}, map[string]string{"backend-retry-delay": "2"}, 3, false},
		{SyncPlan{Attempts: 7}, several, nil, map[string]string{"num-retries": "7"}, 7, false},
	} {
		options, attempts, ours := row.plan.repeats(Destination{URL: row.url, Options: row.own})
		if !maps.Equal(options, row.options) || attempts != row.attempts || ours != row.ours {
			t.Errorf("%+v, %v: got %v, %d, %v", row.plan, row.own, options, attempts, ours)
		}
	}
	for _, row := range []struct {
		plan SyncPlan
		want retry.Options
	}{
		{SyncPlan{Attempts: 4}, retry.Options{Attempts: 4}},
		{SyncPlan{Delay: time.Minute}, retry.Options{First: time.Minute}},
		{SyncPlan{Delay: time.Minute, Constant: true}, retry.Options{First: time.Minute, Longest: time.Minute}},
		{SyncPlan{Delay: time.Millisecond, Constant: true}, retry.Options{First: time.Millisecond, Longest: time.Millisecond}},
		{SyncPlan{Constant: true}, retry.Options{First: time.Second, Longest: time.Second}},
	} {
		if got := row.plan.retries(); got != row.want {
			t.Errorf("%+v: got %+v", row.plan, got)
		}
	}
}
