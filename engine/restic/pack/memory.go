package pack

import "sync"

// pieceSize is how packs lie in memory: one takes what it holds, and not what
// it may grow to.
const pieceSize = 1 << 20

// Memory is what packs lie in, used again and again. Its zero value is ready;
// it may be used by several goroutines.
type Memory struct {
	mu   sync.Mutex
	free [][]byte
}

// take returns a piece, of length 0.
func (m *Memory) take() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		p := m.free[n-1]
		m.free = m.free[:n-1]
		return p
	}
	return make([]byte, 0, pieceSize)
}

// give takes pieces back.
func (m *Memory) give(pieces [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range pieces {
		m.free = append(m.free, p[:0])
	}
}
