package notice

import "context"

// Plain shows notices through the toolkit, where there is no bus: they have no
// buttons, cannot be replaced, and cannot be taken back.
type Plain struct {
	// Send shows a title and a text.
	Send func(title, body string)
}

// Tell implements Service.
func (p Plain) Tell(_ context.Context, _ uint32, n Notice) (uint32, error) {
	title, body, _ := fit(n, []string{"body"})
	p.Send(title, body)
	return 0, nil
}

// Withdraw implements Service. There is nothing that could be taken back.
func (Plain) Withdraw(context.Context, uint32) error { return nil }

// Answers implements Service.
func (Plain) Answers() <-chan Answer { return nil }
