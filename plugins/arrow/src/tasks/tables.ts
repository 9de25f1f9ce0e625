import type { Table } from "apache-arrow";
import type { TaskInput, TaskOutput } from "rain-tasks/plugin";

/** An input or output that is a table. */
export const TABLE = { contentType: "arrow" } as const;

export function engine() {
  return import("../engine.ts");
}

/** Reads the table of an input, also if its content type does not say that it is Arrow. @throws Error that names the input */
export async function tableOf(input: TaskInput, index = 0): Promise<Table> {
  const { readTable } = await engine();
  const bytes = await input.bytes();
  try {
    return readTable(bytes);
  } catch (error) {
    const label = input.label ? ` (${JSON.stringify(input.label)})` : "";
    throw new Error(`input ${index}${label}: ${error instanceof Error ? error.message : error}`);
  }
}

export async function tablesOf(inputs: readonly TaskInput[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const [index, input] of inputs.entries()) tables.push(await tableOf(input, index));
  return tables;
}

export async function output(table: Table): Promise<TaskOutput<Table>> {
  const { writeTable } = await engine();
  return { bytes: writeTable(table), contentType: "arrow" };
}

/** Concatenates pieces of bytes. */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  return new Uint8Array(Buffer.concat([...pieces]));
}
