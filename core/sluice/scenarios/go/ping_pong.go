// Two goroutines, two channels, and a ball that is always with one of them.
package main

import "context"

// [show]
// A ball counts its strokes.
type ball struct{ strokes int }

// serve plays the ball over and waits for it, again and again.
func serve(ctx context.Context, there chan<- ball, back <-chan ball, rallies int) {
	defer close(there)
	var mine ball
	for i := 0; i < rallies; i++ {
		work()
		mine.strokes++
		select {
		case there <- mine:
		case <-ctx.Done():
			return
		}
		select {
		case mine = <-back:
		case <-ctx.Done():
			return
		}
	}
}

// answer plays back whatever comes, until nothing more will.
func answer(ctx context.Context, there <-chan ball, back chan<- ball) {
	for got := range there {
		work()
		got.strokes++
		select {
		case back <- got:
		case <-ctx.Done():
			return
		}
	}
}

// [/show]

func work() {}

func main() {
	there, back := make(chan ball), make(chan ball)
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer(context.Background(), there, back)
	}()
	serve(context.Background(), there, back, 10_000)
	<-done
}
