package cli

import "github.com/spf13/cobra"

func newBench() *cobra.Command {
	return newStageCommand("bench", "verify, benchmark and explain: the whole job",
		`Verify every kernel, time those that are right, run the layer statistics and write a run with its report.

A kernel that fails verification is not timed, and the command exits with status 1 at the end.
Samples of all kernels and sizes are interleaved in random order, so that a drift of the machine hits all alike.
Before them the machine's own limits are measured (memory, multiply-adds, divisions, instructions), and each kernel is
held against the one that bounds it.
At the end it says whether the machine was quiet, or what disturbed; "actinit doctor" says what to do about it.

--shard i/n does a part of each stage, and a stage's surplus shards nothing; what is compared of an operation in one type is timed by one shard.
--plan prints how many units there are to share out.

--modes cold times calls whose operands are in no cache, in-place those that write their results over their input.

--against times this program by turns with another commit or instruction set and calls a change only where an exact test, a
threshold (1%, or that of --thresholds: see actinit compare -h) and the noise of the same run agree. Exit status 1 says that
a kernel became slower.`,
		`  actinit bench
  actinit bench --against HEAD~1 --thresholds thresholds.txt --junit gate.xml
  actinit bench --stages bench --filter 'op:sigmoid type:float32' --sizes 4096,262144 --samples 20
  actinit bench --stages bench --shard 2/8 --id nightly-2-of-8
  actinit bench --resume 20260102T150405Z-1a2b3c4`)
}

func newVerify() *cobra.Command {
	return newStageCommand("verify", "hold every kernel against the reference",
		`Hold every kernel against the reference: special values, every binade, random bits, subnormals, neighbourhoods
of kinks, all lengths and alignments, in place. Of the fills, ten million draws each
are held against the law they are to follow. --exhaustive tries all 2^32 float32 inputs, 2^30 draws of each fill,
and 2^30 float64 inputs of all binades beside (2^22 of kernels without a double-double value): a test, and no proof.

A kernel is WRONG where a result breaks its promise, and MISTRUSTED where nearly all exact results tried are zero
or the same, so that right results prove little. ULP is the spacing of floats at the exact value; misrounded are the
results that are not the float nearest to it.`,
		`  actinit verify
  actinit verify --exhaustive --filter 'op:sigmoid dir:forward type:float32'
  actinit verify --exhaustive --shard 2/8 --id proof-2-of-8
  actinit verify --filter 'op:tanh dir:forward type:float32' --input 0x3f800000`)
}

func newLayers() *cobra.Command {
	return newStageCommand("layers", "what initialisation does to every layer of a deep net",
		`Run deep fully connected nets forward and backward and store statistics of every layer's activations and gradients,
for every activation and initialiser.

RMS is the root mean square of a layer's activations. "gradient x.5" says that on the way back the gradient's RMS is on average
halved by each layer.

--grid runs the product of axes in place of the usual nets: act, init, data, depth, width, batch, gain (a factor of the
weights), bias (the standard deviation of the biases) and seed, each with values separated by commas or numbers from:to:step.
The nets are independent: --shard i/n does every n-th (--plan counts them), and an interrupted run is resumed.
Beside layers.parquet the run has the same rows in the folder layers, partitioned by activation and initialiser.`,
		`  actinit layers
  actinit layers --all
  actinit layers --grid 'act=tanh,relu init=xavier_normal,kaiming depth=10,50 width=256 gain=.8:1.2:.1 seed=1:5' --shard 1/4
  actinit layers --filter 'act:tanh init:"xavier (lecture)"' --depth 20 --width 1024`)
}
