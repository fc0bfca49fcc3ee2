package arrowmap

import (
	"errors"

	"github.com/apache/arrow/go/v15/arrow"
)

// layout counts what a column, its children included, takes up in a record batch.
type layout struct {
	nodes, buffers int
	views          int // of its fields: each batch says how many more buffers a view has
}

func (l layout) add(m layout) layout {
	return layout{l.nodes + m.nodes, l.buffers + m.buffers, l.views + m.views}
}

// Members of the union Type of Schema.fbs.
const (
	typeInt           = 2
	typeFloatingPoint = 3
	typeBool          = 6
	typeDecimal       = 7
)

// types lists the members of the union by number, with the buffers each has
// beside those of its children.
var types = [...]struct {
	name    string
	buffers int
}{
	{"none", 0}, {"Null", 0}, {"Int", 2}, {"FloatingPoint", 2}, {"Binary", 3}, {"Utf8", 3}, {"Bool", 2},
	{"Decimal", 2}, {"Date", 2}, {"Time", 2}, {"Timestamp", 2}, {"Interval", 2}, {"List", 2}, {"Struct", 1},
	{"Union", 1}, {"FixedSizeBinary", 2}, {"FixedSizeList", 1}, {"Map", 2}, {"Duration", 2}, {"LargeBinary", 3},
	{"LargeUtf8", 3}, {"LargeList", 2}, {"RunEndEncoded", 0}, {"BinaryView", 2}, {"Utf8View", 2}, {"ListView", 3},
	{"LargeListView", 3},
}

const (
	typeUnion      = 14
	typeBinaryView = 23
	typeUtf8View   = 24

	versionV5 = 4 // MetadataVersion of Arrow 1.0, since which unions have no validity bitmap
)

// A schema that shares or nests its fields without measure is refused: no
// table of numbers looks like that, and walking it must end.
const (
	maxFields  = 1 << 18 // and pairs of metadata
	maxNesting = 64
	maxText    = 64 << 20 // bytes of all names and metadata, which may share theirs
)

// A claim is what a schema was found to claim so far.
type claim struct{ fields, text int }

// metadata takes the pairs in a field of t, a vector of KeyValue, into account.
func (c *claim) metadata(t table, field int) error {
	pairs := t.vector(field, 4)
	if c.fields += pairs.len; c.fields > maxFields {
		return errSchema
	}
	for i := range pairs.len {
		for key := range 2 {
			c.name(pairs.table(i), key)
		}
	}
	if c.text > maxText {
		return errSchema
	}
	return nil
}

func (c *claim) name(t table, field int) {
	if pos, ok := t.slot(field); ok {
		c.text += len(t.ByteVector(pos))
	}
}

var errSchema = errors.New("its schema is nested too deep or too large")

func (f *File) readSchema(schema table) error {
	fields := schema.vector(1, 4)
	var claimed claim
	if err := claimed.metadata(schema, 2); err != nil {
		return err
	}
	var before layout
	for i := range fields.len {
		t := fields.table(i)
		var dictionaries []int64
		l, err := f.measure(t, 0, &claimed, &dictionaries)
		if err != nil {
			return err
		}
		field := Field{Name: t.text(0), Nullable: t.byte(1, 0) != 0, before: before, layout: l, dictionaries: dictionaries}
		field.Type, field.TypeName = typeOf(t)
		if children := t.vector(5, 4); field.TypeName == "List" && children.len == 1 {
			if element, name := typeOf(children.table(0)); name != types[typeDecimal].name {
				field.element = element
			}
		}
		f.fields = append(f.fields, field)
		before = before.add(l)
	}
	return nil
}

// measure returns the layout of a field.
func (f *File) measure(field table, depth int, claimed *claim, dictionaries *[]int64) (layout, error) {
	claimed.fields++
	claimed.name(field, 0)
	if depth > maxNesting || claimed.fields > maxFields {
		return layout{}, errSchema
	}
	if err := claimed.metadata(field, 6); err != nil {
		return layout{}, err
	}
	if d, isDictionary := field.table(4); isDictionary {
		*dictionaries = append(*dictionaries, d.int64(0, 0))
		dictionaries = new([]int64) // those in the dictionary are not the field's
	}
	kind := int(field.byte(2, 0))
	if kind >= len(types) {
		return layout{}, errors.New("its schema has a type that this program does not know")
	}
	l := layout{nodes: 1, buffers: types[kind].buffers}
	switch kind {
	case typeBinaryView, typeUtf8View:
		l.views = 1
	case typeUnion:
		if union, ok := field.table(3); ok {
			if claimed.fields += union.vector(1, 4).len; union.int16(0, 0) == 1 {
				l.buffers++ // dense: offsets beside the type ids
			}
		}
		if f.version < versionV5 {
			l.buffers++
		}
	}
	children := field.vector(5, 4)
	for i := range children.len {
		child, err := f.measure(children.table(i), depth+1, claimed, dictionaries)
		if err != nil {
			return layout{}, err
		}
		l = l.add(child)
	}
	if _, isDictionary := field.table(4); isDictionary {
		return layout{nodes: 1, buffers: 2}, nil // the indices; their dictionary lies elsewhere
	}
	return l, nil
}

// typeOf returns the Arrow type of a numeric or boolean field, else nil, and the type's name.
func typeOf(field table) (arrow.DataType, string) {
	if _, isDictionary := field.table(4); isDictionary {
		return nil, "Dictionary"
	}
	kind := int(field.byte(2, 0))
	name := types[kind].name
	if kind == typeBool {
		return arrow.FixedWidthTypes.Boolean, name
	}
	t, ok := field.table(3)
	if !ok {
		return nil, name
	}
	switch kind {
	case typeFloatingPoint:
		switch t.int16(0, 0) {
		case 0:
			return arrow.FixedWidthTypes.Float16, name
		case 1:
			return arrow.PrimitiveTypes.Float32, name
		case 2:
			return arrow.PrimitiveTypes.Float64, name
		}
	case typeInt:
		return intType(t.int32(0, 0), t.byte(1, 0) != 0), name
	case typeDecimal:
		return decimalType(t.int32(2, 128), t.int32(0, 0), t.int32(1, 0)), name
	}
	return nil, name
}

func intType(bits int32, signed bool) arrow.DataType {
	p := &arrow.PrimitiveTypes
	switch {
	case bits == 8 && signed:
		return p.Int8
	case bits == 8:
		return p.Uint8
	case bits == 16 && signed:
		return p.Int16
	case bits == 16:
		return p.Uint16
	case bits == 32 && signed:
		return p.Int32
	case bits == 32:
		return p.Uint32
	case bits == 64 && signed:
		return p.Int64
	case bits == 64:
		return p.Uint64
	}
	return nil
}

func decimalType(bits, precision, scale int32) arrow.DataType {
	switch bits {
	case 128:
		return &arrow.Decimal128Type{Precision: precision, Scale: scale}
	case 256:
		return &arrow.Decimal256Type{Precision: precision, Scale: scale}
	}
	return nil
}
