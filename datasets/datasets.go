// Package datasets holds the inputs of the project: named, seeded generators
// (Generate), the real data that ships with it (Digits), and readers and
// writers of CSV, CSV.gz, Parquet and Arrow IPC files (Open, Write).
//
// A file becomes a Table of float32 and float64 columns. What a file holds is
// never dropped or changed in silence: what cannot become such a column without
// loss is refused, with one line that names the file and the row or column.
//
// Open memory-maps Arrow IPC files: the columns are the file's pages, no byte
// is copied, and kernels can run on them (package kernels/columns).
package datasets
