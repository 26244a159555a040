// Functions that belong together: the first error ends the others, and all errors are kept.
package main

import (
	"context"
	"fmt"
	"sync"
)

// [show]
// A group is what golang.org/x/sync/errgroup is, and keeps every error besides.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	crew   sync.WaitGroup
	lock   sync.Mutex
	errs   []error
}

func newGroup(parent context.Context, limit int) *group {
	ctx, cancel := context.WithCancel(parent)
	return &group{ctx: ctx, cancel: cancel, slots: make(chan struct{}, limit)}
}

// run starts f as soon as fewer than the limit are at work.
func (g *group) run(f func(context.Context) error) {
	g.slots <- struct{}{}
	g.crew.Add(1)
	go func() {
		defer func() { <-g.slots; g.crew.Done() }()
		if err := f(g.ctx); err != nil {
			g.lock.Lock()
			g.errs = append(g.errs, err)
			g.lock.Unlock()
			g.cancel() // harmless when repeated
		}
	}()
}

func (g *group) wait() error {
	g.crew.Wait()
	g.cancel()
	if len(g.errs) == 0 {
		return nil
	}
	return g.errs[0]
}

// function works piece by piece, and looks at the context between two of them.
func function(ctx context.Context, id, pieces int, fails bool) error {
	for ; pieces > 0; pieces-- {
		if ctx.Err() != nil {
			return fmt.Errorf("function %d gave up: %w", id, ctx.Err())
		}
		work()
	}
	if fails {
		return fmt.Errorf("function %d failed", id)
	}
	return nil
}

// [/show]

func work() {}

func main() {
	g := newGroup(context.Background(), 4)
	for id := 0; id < 12; id++ {
		id := id
		g.run(func(ctx context.Context) error { return function(ctx, id, 100, id == 5) })
	}
	fmt.Println(g.wait() != nil, len(g.errs) > 0)
}
