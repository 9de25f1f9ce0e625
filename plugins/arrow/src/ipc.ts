import { DataType, RecordBatchReader, Table, tableToIPC } from "apache-arrow";
import { columnsOf, tableOf } from "./table/table.ts";

const FILE_MAGIC = "ARROW1";
const FEATHER_1_MAGIC = "FEA1";
/** The start of every message of a stream since Arrow 0.15. */
const CONTINUATION = 0xffffffff;

/** Reads an Arrow IPC file (Feather version 2 is the same format) or stream. @throws Error that says what is wrong with the bytes */
export function readTable(bytes: Uint8Array): Table {
  checkStart(bytes);
  try {
    const reader = RecordBatchReader.from(bytes);
    // Take the schema first: without it, a table without batches would have no columns.
    reader.open();
    return new Table(reader.schema, reader.readAll() as never);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/codec not found/.test(reason)) {
      throw new Error(
        "the record batches of this Arrow file are compressed, which is not supported; write the file uncompressed: " +
          'in pandas to_feather(path, compression="uncompressed"), in pyarrow IpcWriteOptions(compression=None)',
      );
    }
    throw new Error(`the Arrow data are damaged or cut off: ${reason}`);
  }
}

/**
 * Writes an Arrow IPC file, uncompressed.
 * @throws Error if the value is no table of this copy of apache-arrow, which would write something else without an error
 */
export function writeTable(value: unknown): Uint8Array {
  if (!(value instanceof Table)) throw new Error("it is no Table of apache-arrow");
  // `instanceof` also holds for tables of other copies.
  if (Object.getPrototypeOf(value) === Table.prototype) return tableToIPC(withoutReplacements(value), "file");
  throw new Error(
    'the table was made by another copy of apache-arrow; write it with tableToIPC(table, "file") of that copy, and give the bytes',
  );
}

function checkStart(bytes: Uint8Array): void {
  const start = Buffer.from(bytes.subarray(0, 8));
  if (start.toString("latin1").startsWith(FILE_MAGIC)) return;
  if (bytes.length >= 8 && start.readUInt32LE() === CONTINUATION) return;
  if (start.toString("latin1").startsWith(FEATHER_1_MAGIC)) {
    throw new Error(
      "this is a Feather file of version 1, which is not supported; write version 2, which is the Arrow file format",
    );
  }
  const what = bytes.length === 0 ? "it is empty" : "it does not begin like one";
  throw new Error(`this is neither an Arrow file nor an Arrow stream: ${what}`);
}

/** Merges the batches if a column has a dictionary: unlike a stream, a file cannot have a dictionary per batch. */
function withoutReplacements(table: Table): Table {
  if (table.batches.length <= 1 || !table.schema.fields.some(({ type }) => hasDictionary(type))) return table;
  return tableOf(columnsOf(table), table.numRows, table.schema.metadata);
}

function hasDictionary(type: DataType): boolean {
  return DataType.isDictionary(type) || (type.children ?? []).some((field) => hasDictionary(field.type));
}
