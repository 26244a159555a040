package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const contextsAtOnce = 100000

// Trees of at most 100 000 contexts are built and ended through their root, until `items` have been.
func cancelTrees(items int, parentOf func(i int) int) error {
	ended := 0
	for left := items; left > 0; left -= smaller(left, contextsAtOnce) {
		ended += buildAndCancel(smaller(left, contextsAtOnce), parentOf)
	}
	if ended != items {
		return fmt.Errorf("contexts: %d of %d ended", ended, items)
	}
	return nil
}

func buildAndCancel(count int, parentOf func(i int) int) int {
	all := make([]context.Context, count+1)
	cancels := make([]context.CancelFunc, count+1) // whoever makes one keeps its cancel
	all[0], cancels[0] = context.WithCancel(context.Background())
	for i := 1; i <= count; i++ {
		all[i], cancels[i] = context.WithCancel(all[parentOf(i)])
	}
	cancels[0]()
	ended := 0
	for _, each := range all[1:] {
		if each.Err() != nil {
			ended++
		}
	}
	return ended
}

// A context that lives is asked whether it has ended.
func askContext(items int) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	alive := 0
	for i := 0; i < items; i++ {
		if ctx.Err() == nil {
			alive++
		}
	}
	if alive != items {
		return fmt.Errorf("context-err: a context has ended that nobody ended")
	}
	return nil
}

// What of the time of a workload does not count.
var (
	start  time.Time
	waited time.Duration
)

// 100 000 goroutines wait for the end of a context; what counts is the time from there until all have run.
func wakeAll(items int) error {
	var heard int64
	counted := time.Duration(0)
	for left := items; left > 0; left -= smaller(left, contextsAtOnce) {
		counted += wakeSome(smaller(left, contextsAtOnce), &heard)
	}
	waited = time.Since(start) - counted
	if heard != int64(items) {
		return fmt.Errorf("context-wake: %d of %d heard of it", heard, items)
	}
	return nil
}

func wakeSome(tasks int, heard *int64) time.Duration {
	ctx, cancel := context.WithCancel(context.Background())
	var begun int64
	var all sync.WaitGroup
	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			atomic.AddInt64(&begun, 1)
			<-ctx.Done()
			atomic.AddInt64(heard, 1)
			all.Done()
		}()
	}
	for atomic.LoadInt64(&begun) != int64(tasks) {
		runtime.Gosched()
	}
	from := time.Now()
	cancel()
	all.Wait()
	return time.Since(from)
}
