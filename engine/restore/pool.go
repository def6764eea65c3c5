package restore

import (
	"sync"

	"github.com/varve-backup/varve/engine/internal/workers"
)

// pool writes small files beside the reading of the next ones: creating a
// file is a dozen calls, and each waits for the disk's journal now and then.
type pool struct {
	jobs    chan *small
	workers sync.WaitGroup
	buffers sync.Pool
}

func newPool(write func(*small)) *pool {
	p := &pool{jobs: make(chan *small, 16)}
	p.buffers.New = func() any { return new([smallFile]byte) }
	for range min(4, max(2, workers.Count())) {
		p.workers.Go(func() {
			for s := range p.jobs {
				write(s)
			}
		})
	}
	return p
}

// buffer returns memory for one file, to be given back by recycle.
func (p *pool) buffer() *[smallFile]byte { return p.buffers.Get().(*[smallFile]byte) }

func (p *pool) recycle(buf *[smallFile]byte) { p.buffers.Put(buf) }

// close waits until everything is written.
func (p *pool) close() {
	close(p.jobs)
	p.workers.Wait()
}
