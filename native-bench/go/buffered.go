package main

import (
	"fmt"
	"sync"
)

const capacity = 128

// The whole numbers below items, split evenly among the producers, pass through one buffered channel.
func buffered(producers, consumers, items int) error {
	channel := make(chan int64, capacity)
	var producing, consuming sync.WaitGroup

	for p := 0; p < producers; p++ {
		producing.Add(1)
		go func(from, to int) {
			defer producing.Done()
			for value := from; value < to; value++ {
				channel <- int64(value)
			}
		}(share(p, producers, items), share(p+1, producers, items))
	}

	sums, counts := make([]int64, consumers), make([]int, consumers)
	for c := 0; c < consumers; c++ {
		consuming.Add(1)
		go func(who int) {
			defer consuming.Done()
			sum, count := int64(0), 0
			for value := range channel {
				sum += value
				count++
			}
			sums[who], counts[who] = sum, count
		}(c)
	}

	producing.Wait()
	close(channel)
	consuming.Wait()

	sum, count := int64(0), 0
	for who := range sums {
		sum += sums[who]
		count += counts[who]
	}
	if want := int64(items) * int64(items-1) / 2; count != items || sum != want {
		return fmt.Errorf("buffered: %d items with sum %d arrived, not %d with %d", count, sum, items, want)
	}
	return nil
}

// Where the share of producer `who` begins.
func share(who, of, items int) int {
	return items/of*who + smaller(who, items%of)
}

func smaller(a, b int) int {
	if a < b {
		return a
	}
	return b
}
