package main

// product is a*b, which gated units are made with.
func product[V, M any](m arithmetic[V, M]) func(a, b V) V { return m.mul }
