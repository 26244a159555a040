package main

import "fmt"

// One value lies in one of the channels, in each of them in turn, and is selected.
func selectReady2(items int) error {
	a, b := make(chan int64, 1), make(chan int64, 1)
	all := [2]chan int64{a, b}
	var sum int64
	for i := 0; i < items; i++ {
		all[i%2] <- int64(i)
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		}
	}
	return checkSum("select-ready-2", sum, items)
}

func selectReady8(items int) error {
	var all [8]chan int64
	for i := range all {
		all[i] = make(chan int64, 1)
	}
	var sum int64
	for i := 0; i < items; i++ {
		all[i%8] <- int64(i)
		sum += selectOf8(&all)
	}
	return checkSum("select-ready-8", sum, items)
}

func selectOf8(all *[8]chan int64) int64 {
	select {
	case v := <-all[0]:
		return v
	case v := <-all[1]:
		return v
	case v := <-all[2]:
		return v
	case v := <-all[3]:
		return v
	case v := <-all[4]:
		return v
	case v := <-all[5]:
		return v
	case v := <-all[6]:
		return v
	case v := <-all[7]:
		return v
	}
}

func produceEvery(into chan int64, from, step, to int) {
	for i := from; i < to; i += step {
		into <- int64(i)
	}
}

// Producers with an unbuffered channel each, and one who selects among them.
func selectBlock2(items int) error {
	a, b := make(chan int64), make(chan int64)
	go produceEvery(a, 0, 2, items)
	go produceEvery(b, 1, 2, items)
	var sum int64
	for i := 0; i < items; i++ {
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		}
	}
	return checkSum("select-block-2", sum, items)
}

func selectBlock8(items int) error {
	var all [8]chan int64
	for i := range all {
		all[i] = make(chan int64)
		go produceEvery(all[i], i, 8, items)
	}
	var sum int64
	for i := 0; i < items; i++ {
		sum += selectOf8(&all)
	}
	return checkSum("select-block-8", sum, items)
}

// Nothing is there, and nobody waits.
func selectPoll(items int) error {
	silent := make(chan int64)
	var sum int64
	for i := 0; i < items; i++ {
		select {
		case <-silent:
		default:
			sum += int64(i)
		}
	}
	return checkSum("select-poll", sum, items)
}

func checkSum(name string, sum int64, items int) error {
	if want := int64(items) * int64(items-1) / 2; sum != want {
		return fmt.Errorf("%s: the sum is %d, not %d", name, sum, want)
	}
	return nil
}
