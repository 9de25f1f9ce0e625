import {
  type Data,
  type DataType,
  Dictionary,
  Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
} from "apache-arrow";
import { contiguous, gather } from "./columns/gather.ts";
import { locate, range } from "./columns/rows.ts";
import { emptyColumn } from "./empty.ts";
import { didYouMean } from "./suggest.ts";

export interface Column {
  field: Field;
  data: Data;
}

/** Makes a table of one batch. Numbers the dictionaries of its columns, because files need distinct numbers. */
export function tableOf(columns: readonly Column[], length: number, metadata?: Map<string, string>): Table {
  let dictionaries = 0;
  const numbered = columns.map(({ field, data }) => {
    const renumbered = withDictionaryIds(data, () => dictionaries++);
    return {
      field: new Field(field.name, renumbered.type, field.nullable, field.metadata),
      data: renumbered,
    };
  });
  const schema = new Schema(
    numbered.map(({ field }) => field),
    metadata,
  );
  const type = new Struct(schema.fields);
  const data = makeData({ type, length, nullCount: 0, children: numbered.map((column) => column.data) });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** The index of a column. @param where the start of the error message, such as `by` @throws Error that lists the columns */
export function columnIndex(table: Table, name: string, where: string): number {
  const { fields } = table.schema;
  const index = fields.findIndex((field) => field.name === name);
  if (index >= 0) return index;
  throw new Error(`${where}: ${noColumn(table, name)}`);
}

export function noColumn(table: Table, name: string): string {
  const names = table.schema.fields.map((field) => field.name);
  const known = names.length === 0 ? "the table has no columns" : `the columns are ${listed(names)}`;
  const hint = didYouMean(name, names);
  return `there is no column ${JSON.stringify(name)}${hint ? `${hint} ` : "; "}${known}`;
}

const MOST_NAMED = 30;

/** Lists names in a message, up to `MOST_NAMED`. */
export function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return names.slice(0, MOST_NAMED).join(", ") + more;
}

/** The batches that have rows. A table that was read without rows has one empty batch, whose columns are incomplete. */
function batchesOf(table: Table): RecordBatch[] {
  return table.batches.filter(({ numRows }) => numRows > 0);
}

/** The chunks of a column: one for each batch with rows, or one empty chunk. */
export function chunksOf(table: Table, index: number): Data[] {
  const chunks = batchesOf(table).map(({ data }) => data.children[index]);
  return chunks.length > 0 ? chunks : [emptyColumn(table.schema.fields[index].type)];
}

/** A column as one chunk. */
export function columnData(table: Table, index: number): Data {
  return contiguous(chunksOf(table, index));
}

/** All columns, each as one chunk. */
export function columnsOf(table: Table): Column[] {
  return table.schema.fields.map((field, index) => ({ field, data: columnData(table, index) }));
}

/** The columns of these rows, in this order. A row of -1 is null in all columns. */
export function takeColumns(table: Table, rows: Int32Array): Column[] {
  const located = locate(batchesOf(table), rows);
  return table.schema.fields.map((field, index) => ({
    field,
    data: gather(chunksOf(table, index), located),
  }));
}

/** A table of these rows, in this order. */
export function takeRows(table: Table, rows: Int32Array): Table {
  return tableOf(takeColumns(table, rows), rows.length, table.schema.metadata);
}

/** The rows from `start` to before `end`, or to the last one. */
export function sliceRows(table: Table, start: number, end: number): Table {
  return takeRows(table, range(start, Math.min(end, table.numRows)));
}

function withDictionaryIds(data: Data, next: () => number): Data {
  const { type } = data;
  if (type instanceof Dictionary) {
    const renumbered = new Dictionary(type.dictionary, type.indices, next(), type.isOrdered);
    return data.clone(renumbered);
  }
  const children = data.children.map((child) => withDictionaryIds(child, next));
  if (children.every((child, index) => child === data.children[index])) return data;
  const copy = data.clone(withChildren(type, children), data.offset, data.length, data.nullCount);
  (copy as { children: Data[] }).children = children;
  return copy;
}

/** The nested type with the types of these children, which differ only in the numbers of their dictionaries. */
function withChildren(type: DataType, children: readonly Data[]): DataType {
  const fields = (type.children as Field[]).map(
    (field, index) => new Field(field.name, children[index].type, field.nullable, field.metadata),
  );
  return Object.assign(Object.create(Object.getPrototypeOf(type)), type, { children: fields }) as DataType;
}
