package duplicity

import (
	"context"
	"iter"

	"github.com/varve-backup/varve/engine/repository"
)

// walkBatch is how many items are handed over at once, and walkBatches how
// many batches may wait: enough to keep the disk and the comparison busy at
// the same time, and little memory.
const (
	walkBatch   = 128
	walkBatches = 8
)

// walked is one step of a walk.
type walked struct {
	entry *repository.Entry
	err   error
}

// walkAhead goes through a walk in a goroutine of its own, some items ahead of
// whoever reads it. The goroutine ends with the loop over it.
func walkAhead(ctx context.Context, walk func(context.Context) iter.Seq2[*repository.Entry, error]) iter.Seq2[*repository.Entry, error] {
	return func(yield func(*repository.Entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan []walked, walkBatches)
		go sendWalk(ctx, walk, batches)
		defer func() {
			cancel()
			for range batches { // until it has ended
			}
		}()
		for batch := range batches {
			for _, w := range batch {
				if !yield(w.entry, w.err) {
					return
				}
			}
		}
	}
}

func sendWalk(ctx context.Context, walk func(context.Context) iter.Seq2[*repository.Entry, error], batches chan<- []walked) {
	defer close(batches)
	batch := make([]walked, 0, walkBatch)
	for e, err := range walk(ctx) {
		if batch = append(batch, walked{e, err}); len(batch) < walkBatch && err == nil {
			continue
		}
		select {
		case batches <- batch:
		case <-ctx.Done():
			return
		}
		batch = make([]walked, 0, walkBatch)
	}
	if len(batch) > 0 {
		select {
		case batches <- batch:
		case <-ctx.Done():
		}
	}
}
