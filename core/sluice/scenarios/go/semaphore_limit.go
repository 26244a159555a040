// Many callers, a few permits.
package main

import (
	"fmt"
	"math/rand"
	"sync"
)

// [show]
// A semaphore is a channel with room for as many values as there are permits. It serves one
// permit at a time: who needs three takes three, and two who have some each may wait for ever,
// so several are taken under a lock.
type semaphore struct {
	permits chan struct{}
	several sync.Mutex
}

func newSemaphore(permits int) *semaphore {
	return &semaphore{permits: make(chan struct{}, permits)}
}

func (s *semaphore) acquire(count int) {
	s.several.Lock()
	defer s.several.Unlock()
	for i := 0; i < count; i++ {
		s.permits <- struct{}{}
	}
}

func (s *semaphore) release(count int) {
	for i := 0; i < count; i++ {
		<-s.permits
	}
}

// keepCalling calls again and again, each time with the permits that the call needs.
func keepCalling(slots *semaphore, calls, heavyPercent, weight int) {
	for i := 0; i < calls; i++ {
		permits := 1
		if rand.Intn(100) < heavyPercent {
			permits = weight
		}
		slots.acquire(permits)
		work()
		slots.release(permits)
	}
}

// [/show]

func work() {}

func main() {
	slots := newSemaphore(3)
	var callers sync.WaitGroup
	for i := 0; i < 6; i++ {
		callers.Add(1)
		go func() {
			defer callers.Done()
			keepCalling(slots, 1000, 10, 3)
		}()
	}
	callers.Wait()
	fmt.Println(len(slots.permits))
}
