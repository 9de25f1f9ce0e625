import { definePlugin } from "rain-tasks/plugin";
import { arrow } from "./content-type.ts";
import { describe } from "./tasks/describe.ts";
import { filter } from "./tasks/filter.ts";
import { fromCsv } from "./tasks/formats/from-csv.ts";
import { fromJson } from "./tasks/formats/from-json.ts";
import { toCsv } from "./tasks/formats/to-csv.ts";
import { toJson } from "./tasks/formats/to-json.ts";
import { group } from "./tasks/group.ts";
import { head } from "./tasks/head.ts";
import { join } from "./tasks/join.ts";
import { merge } from "./tasks/merge.ts";
import { select } from "./tasks/select.ts";
import { sort } from "./tasks/sort.ts";
import { split } from "./tasks/split.ts";

export { arrow } from "./content-type.ts";

export default definePlugin({
  name: "arrow",
  contentTypes: [arrow],
  tasks: [fromCsv, fromJson, filter, select, sort, group, join, split, merge, head, describe, toCsv, toJson],
});
