// Package datasets holds the inputs of the project: named, seeded generators
// (Generate), the real data that ships with it (Digits), and readers and
// writers of CSV, Parquet, Arrow IPC, npy, npz, safetensors and IDX files (Open, Write), batch by batch for
// those that exceed memory (OpenBatches, WriteBatches).
//
// A file becomes a Table of float32 and float64 columns. What a file holds is
// never dropped or changed in silence: what cannot become such a column without
// loss is refused, with one line that names the file and the row or column.
//
// Open memory-maps Arrow IPC, safetensors and npy files: where it can, the columns are the file's pages, no byte
// is copied, and kernels can run on them (package kernels/columns).
package datasets
