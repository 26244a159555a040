package main

import "runtime"

// The same, each goroutine on a thread of its own.
func pingPongThreads(rounds int) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- between(func(there, back chan int) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			echo(there, back)
		}, rounds)
	}()
	return <-done
}
