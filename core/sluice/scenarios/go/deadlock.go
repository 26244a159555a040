// Goroutines that wait for each other in a circle, and an order that makes it impossible.
package main

import (
	"fmt"
	"os"
	"sync"
)

// [show]
// ownFirst is the wrong way: one mutex is held while the next is waited for.
func ownFirst(locks []sync.Mutex, me int) {
	next := (me + 1) % len(locks)
	for {
		locks[me].Lock()
		work()
		locks[next].Lock()
		work()
		locks[next].Unlock()
		locks[me].Unlock()
	}
}

// inOrder takes both in an order that is the same for everybody.
func inOrder(locks []sync.Mutex, me, turns int) {
	first, second := me, (me+1)%len(locks)
	if second < first {
		first, second = second, first
	}
	for ; turns > 0; turns-- {
		locks[first].Lock()
		locks[second].Lock()
		work()
		locks[second].Unlock()
		locks[first].Unlock()
	}
}

// sendFirst is the same circle without a mutex: it goes well while the buffers do.
func sendFirst(channels []chan int, me int) {
	before := (me + len(channels) - 1) % len(channels)
	for values := 1; ; values++ {
		for n := 0; n < values; n++ {
			channels[me] <- n
		}
		for n := 0; n < values; n++ {
			<-channels[before]
		}
	}
}

// When every goroutine of a program waits, and not before, Go ends it: "fatal error: all
// goroutines are asleep - deadlock!", with the stack of each.

// [/show]

func work() {}

func main() {
	const tasks = 2
	var done sync.WaitGroup
	run := func(f func(me int)) {
		for me := 0; me < tasks; me++ {
			done.Add(1)
			go func(me int) {
				defer done.Done()
				f(me)
			}(me)
		}
		done.Wait()
	}
	locks := make([]sync.Mutex, tasks)
	run(func(me int) { inOrder(locks, me, 10_000) })
	fmt.Println("in order: no circle")
	if len(os.Args) < 2 {
		return
	}
	channels := make([]chan int, tasks)
	for i := range channels {
		channels[i] = make(chan int, 4)
	}
	if os.Args[1] == "channels" {
		run(func(me int) { sendFirst(channels, me) })
	}
	run(func(me int) { ownFirst(locks, me) })
}
