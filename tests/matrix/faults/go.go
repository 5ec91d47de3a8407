// Fails as it is told to.
package main

import (
	faulty "bindings/matrix_faults_faulty"
)

func main() {}

func Work(how faulty.How, input string) string {
	switch how {
	case faulty.HowPanic:
		fail_now(input)
	case faulty.HowSpin:
		spin_now()
	case faulty.HowExhaust:
		exhaust_now()
	}
	return input
}

//go:noinline
func fail_now(input string) {
	panic("deliberate: " + input)
}

//go:noinline
func spin_now() {
	for {
	}
}

//go:noinline
func exhaust_now() {
	var kept [][]byte
	for {
		kept = append(kept, make([]byte, 1<<20))
	}
}
