package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// As many goroutines as workers; each does its share of the adds.
func everybody(adds int, add func(times int)) {
	members := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for m := 0; m < members; m++ {
		all.Add(1)
		go func(times int) {
			defer all.Done()
			add(times)
		}(share(m+1, members, adds) - share(m, members, adds))
	}
	all.Wait()
}

func counterAtomic(adds int) error {
	var number int64
	everybody(adds, func(times int) {
		for ; times > 0; times-- {
			atomic.AddInt64(&number, 1)
		}
	})
	return expect(number, adds)
}

func counterMutex(adds int) error {
	var mutex sync.Mutex
	var number int64
	everybody(adds, func(times int) {
		for ; times > 0; times-- {
			mutex.Lock()
			number++
			mutex.Unlock()
		}
	})
	return expect(number, adds)
}

func expect(number int64, adds int) error {
	if number != int64(adds) {
		return fmt.Errorf("counter: %d after %d adds", number, adds)
	}
	return nil
}
