package columns_test

import (
	"fmt"

	"actinit/kernels"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

func ExampleApply() {
	b := array.NewFloat32Builder(memory.DefaultAllocator)
	b.AppendValues([]float32{-1, 0, 2, 3}, []bool{true, true, false, true})
	in := b.NewArray()

	var pool columns.Pool // keeps memory for the next batch
	out, err := columns.Apply(&pool, kernels.ReLU[float32], in)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer out.Release()
	fmt.Println(out)
	// Output: [0 0 (null) 3]
}
