// Everything that needs apache-arrow. The first task that runs imports it, because it takes a tenth of a second to load.
export { readCsv } from "./csv/read.ts";
export { writeCsv } from "./csv/write.ts";
export { readTable, writeTable } from "./ipc.ts";
export { readJson } from "./json/read.ts";
export { writeJson } from "./json/write.ts";
export { describe } from "./ops/describe.ts";
export { filter } from "./ops/filter.ts";
export { group } from "./ops/group.ts";
export { head } from "./ops/head.ts";
export { join } from "./ops/join.ts";
export { merge } from "./ops/merge.ts";
export { select } from "./ops/select.ts";
export { sort } from "./ops/sort.ts";
export { splitByHash, splitByValues, splitEvenly } from "./ops/split.ts";
export { previewTable } from "./preview.ts";
