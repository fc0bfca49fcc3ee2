package runstore

import (
	"io"
	"maps"
	"net/url"
	"path"
	"path/filepath"
	"slices"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// LayersFolder holds the rows of layers.parquet of a sweep as a data set in Hive's
// layout, with the run's ID as the files' name, so that the folders of several runs, the
// shards of one sweep for instance, can be copied together:
//
//	layers/activation=tanh/initializer=kaiming/20260102T150405Z-1a2b3c4.parquet
//
// Values are escaped as in URLs, which DuckDB, Spark and polars undo.
const LayersFolder = "layers"

// writePartitions writes the folder, and adds its files to the list.
func (r *Run) writePartitions(list *[]result.File, rows []result.Layer) error {
	parts := map[string][]result.Layer{}
	for _, row := range rows {
		at := path.Join(LayersFolder, "activation="+url.PathEscape(row.Activation), "initializer="+url.PathEscape(row.Initializer))
		parts[at] = append(parts[at], row)
	}
	for _, at := range slices.Sorted(maps.Keys(parts)) {
		if err := atomicfile.MakeFolder(r.Path(filepath.FromSlash(at)), folderPermissions); err != nil {
			return unwritable(r.dir, err)
		}
		err := r.writeTable(list, path.Join(at, r.ID()+".parquet"), func(w io.Writer) error { return rowfile.WriteParquet(w, parts[at]) })
		if err != nil {
			return err
		}
	}
	return nil
}
