// Package datasets holds the inputs of the project: named, seeded generators
// (Generate), the real data that ships with it (Digits), and readers and
// writers of CSV, Parquet, Arrow IPC, npy, npz, safetensors and IDX files.
//
// There is one way through a file, batch by batch (OpenBatches, Write), and so it may be larger than
// memory. Open gathers the batches in a Table, whose Batches go the same way.
//
// A file becomes columns of float32 and float64. What a file holds is
// never dropped or changed in silence: what cannot become such a column without
// loss is refused, with one line that names the file and the row or column.
//
// Open memory-maps Arrow IPC, safetensors and npy files: where it can, the columns are the file's pages, no byte
// is copied, and kernels can run on them (package kernels/columns).
package datasets
