import { DataType, RecordBatchReader, Table, tableToIPC } from "apache-arrow";
import { columnsOf, tableOf } from "./table/table.ts";

const FILE_MAGIC = "ARROW1";
const FEATHER_1_MAGIC = "FEA1";
/** What every message of a stream begins with since Arrow 0.15. */
const CONTINUATION = 0xffffffff;

/** Reads an Arrow IPC file, which Feather version 2 is too, or stream. @throws Error that says what is wrong with the bytes */
export function readTable(bytes: Uint8Array): Table {
  checkStart(bytes);
  try {
    const reader = RecordBatchReader.from(bytes);
    // Reading all batches gives a table without columns when there is no batch, so the schema is taken first.
    reader.open();
    return new Table(reader.schema, reader.readAll() as never);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/codec not found/.test(reason)) {
      throw new Error(
        "the record batches of this Arrow file are compressed, which cannot be read; write it uncompressed: " +
          'in pandas to_feather(path, compression="uncompressed"), in pyarrow IpcWriteOptions(compression=None)',
      );
    }
    throw new Error(`the Arrow data are damaged or cut off: ${reason}`);
  }
}

/** Writes an Arrow IPC file, uncompressed. */
export function writeTable(table: Table): Uint8Array {
  return tableToIPC(withoutReplacements(table), "file");
}

function checkStart(bytes: Uint8Array): void {
  const start = Buffer.from(bytes.subarray(0, 8));
  if (start.toString("latin1").startsWith(FILE_MAGIC)) return;
  if (bytes.length >= 8 && start.readUInt32LE() === CONTINUATION) return;
  if (start.toString("latin1").startsWith(FEATHER_1_MAGIC)) {
    throw new Error(
      "this is a Feather file of version 1; version 2, which is the Arrow file format, can be read",
    );
  }
  const what = bytes.length === 0 ? "it is empty" : "it does not begin as one";
  throw new Error(`this is neither an Arrow file nor an Arrow stream: ${what}`);
}

/** A file, other than a stream, cannot hold another dictionary for each batch of a column. */
function withoutReplacements(table: Table): Table {
  if (table.batches.length <= 1 || !table.schema.fields.some(({ type }) => hasDictionary(type))) return table;
  return tableOf(columnsOf(table), table.numRows, table.schema.metadata);
}

function hasDictionary(type: DataType): boolean {
  return DataType.isDictionary(type) || (type.children ?? []).some((field) => hasDictionary(field.type));
}
