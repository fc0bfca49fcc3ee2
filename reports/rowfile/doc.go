// Package rowfile stores the rows of a run as Parquet files, reads them back,
// and writes them as Arrow IPC files.
//
// A row type has one description: a struct of the same fields as the row of
// package result, with column names, encodings and units in tags
// (columns_bench.go and its neighbours). Everything else in the package is
// generic over it. A name carries its unit; the unit also stands in the file's
// metadata, as do the run and the version of the schema.
//
// The reader checks what a file claims to be before it reads it. A file that is
// damaged or not ours is an error of one line which names the file; it is never
// a panic, whatever its bytes.
package rowfile
