package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// One goroutine per item, each adds one to a shared counter; then all are joined.
func spawn(tasks int) error {
	var counter int64
	var all sync.WaitGroup
	all.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			atomic.AddInt64(&counter, 1)
			all.Done()
		}()
	}
	all.Wait()
	if counter != int64(tasks) {
		return fmt.Errorf("spawn: %d of %d tasks ran", counter, tasks)
	}
	return nil
}

// The same, but each is joined before the next one is started.
func spawnInTurn(tasks int) error {
	var counter int64
	var one sync.WaitGroup
	for i := 0; i < tasks; i++ {
		one.Add(1)
		go func() {
			atomic.AddInt64(&counter, 1)
			one.Done()
		}()
		one.Wait()
	}
	if counter != int64(tasks) {
		return fmt.Errorf("spawnseq: %d of %d tasks ran", counter, tasks)
	}
	return nil
}
