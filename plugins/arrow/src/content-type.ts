import type { Table } from "apache-arrow";
import { defineContentType } from "rain-tasks/plugin";

declare module "rain-tasks/plugin" {
  interface ContentTypeValues {
    arrow: Table;
  }
}

/** Tables in Arrow IPC. Reads files (Feather version 2 is the same format) and streams, and writes files. */
export const arrow = defineContentType<Table>({
  name: "arrow",
  extensions: ["arrow", "feather"],
  async load(bytes) {
    const { readTable } = await import("./engine.ts");
    return readTable(bytes);
  },
  async dump(table) {
    const { writeTable } = await import("./engine.ts");
    return writeTable(table);
  },
  async preview(bytes) {
    const { previewTable, readTable } = await import("./engine.ts");
    return previewTable(readTable(bytes));
  },
});
