// A request with an id and a budget passes from handler to user to orders.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// [show]
// A key of a type of its own: nobody else can have the same.
type requestID struct{}

// serve is a service: it works piece by piece, and looks whether somebody still waits.
func serve(ctx context.Context, pieces int, hangs bool, answer chan<- int) {
	if hangs {
		<-ctx.Done() // for something that never comes
	}
	for ; pieces > 0 && ctx.Err() == nil; pieces-- {
		work()
	}
	if ctx.Err() == nil {
		answer <- ctx.Value(requestID{}).(int)
	}
}

// ask waits for an answer no longer than the context allows. The channel has room for one
// value: a service whose caller has gone is not kept waiting.
func ask(ctx context.Context, pieces int, hangs bool) (int, error) {
	answer := make(chan int, 1)
	go serve(ctx, pieces, hangs, answer)
	select {
	case id := <-answer:
		return id, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

type request struct {
	id, userPieces, ordersPieces int
	hangs                        bool
}

func handle(ctx context.Context, what request, budget time.Duration) (int, error) {
	some, cancel := context.WithTimeout(ctx, budget/2)
	defer cancel()
	if _, err := ask(some, what.userPieces, false); err != nil {
		return 0, fmt.Errorf("user: %w", err)
	}
	id, err := ask(ctx, what.ordersPieces, what.hangs)
	if err != nil {
		return 0, fmt.Errorf("orders: %w", err)
	}
	return id, nil
}

// receive gives a request its name and its budget.
func receive(what request, budget time.Duration) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), budget)
	defer cancel()
	return handle(context.WithValue(ctx, requestID{}, what.id), what, budget)
}

// [/show]

func work() { time.Sleep(100 * time.Microsecond) }

func main() {
	id, err := receive(request{id: 1, userPieces: 2, ordersPieces: 3}, 2*time.Second)
	fmt.Println(id, err)
	_, err = receive(request{id: 2, userPieces: 2, hangs: true}, 20*time.Millisecond)
	fmt.Println(err, errors.Is(err, context.DeadlineExceeded))
}
