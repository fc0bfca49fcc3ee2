// Package training trains nets of package network, as plainly as the papers do
// whose experiments are repeated with it: mini-batches in an order that the seed
// fixes, softmax cross-entropy or squares as the loss, SGD with momentum or Adam.
// The same seed gives the same numbers for any number of workers.
package training
