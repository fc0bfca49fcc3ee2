package layers_test

import (
	"context"
	"fmt"

	"actinit/harness/layers"
	"actinit/harness/result"
)

// What six tanh layers do to a signal with four initialisations.
func ExampleMachine_Measure() {
	machine := layers.NewMachine(2)
	for _, initializer := range []string{layers.Normal01, layers.XavierLecture, layers.Kaiming} {
		cell := layers.Cell{Activation: "tanh", Initializer: initializer, Data: layers.DataN01, Depth: 6, Width: 256, Batch: 16}
		rows, err := machine.Measure(context.Background(), cell)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, story := range layers.Stories(rows) {
			fmt.Printf("%v: %s\n", story.Cell, story.Verdict())
		}
	}
	// Output:
	// tanh, normal .01, n01, 6x256: activations and gradients vanish
	// tanh, xavier (lecture), n01, 6x256: activations and gradients hold
	// tanh, kaiming, n01, 6x256: activations and gradients hold
}

// A journal that keeps rows in a map; package runstore has one that keeps them in files.
type journal map[string][]result.Layer

func (j journal) Done(unit string) bool { return j[unit] != nil }

func (j journal) Save(unit string, rows []result.Layer) error {
	j[unit] = rows
	return nil
}

// A run of chosen cells, and whether the theory of wide nets explains them.
func ExampleRun() {
	kept := journal{}
	err := layers.Run(context.Background(), layers.Options{
		Filter: func(activation, initializer, data string, depth, width int) bool {
			return activation == "relu" && initializer == layers.Kaiming
		},
		Width: 512, Batch: 32, Seed: 1, Workers: 2, Journal: kept,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for unit, rows := range kept {
		fmt.Println(unit)
		fmt.Println(len(rows), "rows")
		for _, c := range layers.Lecture(rows) {
			fmt.Println("agrees with the theory:", c.Agrees)
		}
	}
	// Output:
	// relu, kaiming, n01, 6x512, batch 32, seed 1
	// 32 rows
	// agrees with the theory: true
}
