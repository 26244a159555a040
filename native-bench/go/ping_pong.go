package main

import "fmt"

// Two goroutines, two unbuffered channels, one int that goes there and comes back one larger.
func pingPong(rounds int) error {
	return between(echo, rounds)
}

func echo(there, back chan int) {
	for value := range there {
		back <- value + 1
	}
	close(back)
}

func between(answering func(there, back chan int), rounds int) error {
	there, back := make(chan int), make(chan int)
	go answering(there, back)

	value := 0
	for i := 0; i < rounds; i++ {
		there <- value
		value = <-back
	}
	close(there)
	<-back

	if value != rounds {
		return fmt.Errorf("ping-pong: the value is %d after %d round trips", value, rounds)
	}
	return nil
}
