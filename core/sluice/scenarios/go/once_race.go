// Many need the same thing at the same moment, and one makes it.
package main

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// [show]
// keep makes a value once. An error is made once, too: everybody gets it, for ever.
func keep(produce func() (int, error)) func() (int, error) {
	var once sync.Once
	var kept int
	var failed error
	return func() (int, error) {
		once.Do(func() { kept, failed = produce() })
		return kept, failed
	}
}

// A retry makes a value until that has gone well: who tried gets the error, the next one
// tries again.
type retry struct {
	lock    sync.Mutex
	made    bool
	kept    int
	produce func() (int, error)
}

func (r *retry) get() (int, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.made {
		return r.kept, nil
	}
	value, err := r.produce()
	if err == nil {
		r.kept, r.made = value, true
	}
	return value, err
}

// unguarded is the wrong way: between looking and keeping there is time for everybody else
// to look, too.
func unguarded(kept *atomic.Int64, produce func() (int, error)) (int, error) {
	if there := kept.Load(); there != 0 {
		return int(there), nil
	}
	value, err := produce()
	if err == nil {
		kept.Store(int64(value))
	}
	return value, err
}

// [/show]

// race asks from many goroutines at once; answers how many were told of a failure.
func race(get func() (int, error)) int64 {
	var told atomic.Int64
	var callers sync.WaitGroup
	for i := 0; i < 32; i++ {
		callers.Add(1)
		go func() {
			defer callers.Done()
			if _, err := get(); err != nil {
				told.Add(1)
			}
		}()
	}
	callers.Wait()
	return told.Load()
}

func main() {
	failing := func(times int64) (*atomic.Int64, func() (int, error)) {
		var attempts atomic.Int64
		return &attempts, func() (int, error) {
			if attempts.Add(1) <= times {
				return 0, errors.New("it could not be made")
			}
			return 42, nil
		}
	}
	attempts, produce := failing(2)
	fmt.Println(race(keep(produce)), attempts.Load())
	attempts, produce = failing(2)
	fmt.Println(race((&retry{produce: produce}).get), attempts.Load())
	var kept atomic.Int64
	attempts, produce = failing(0)
	fmt.Println(race(func() (int, error) { return unguarded(&kept, produce) }), attempts.Load() >= 1)
}
