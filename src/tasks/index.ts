/** The built-in task types, which every worker has. */

import { definePlugin } from "../runtime/plugin/contract/index.ts";
import { concat } from "./concat.ts";
import { makeDirectory } from "./make-directory.ts";
import { open } from "./open.ts";
import { openDir } from "./open-dir.ts";
import { run } from "./run.ts";
import { sleep } from "./sleep.ts";
import { sliceDirectory } from "./slice-directory.ts";
import { store } from "./store.ts";

export const builtin = definePlugin({
  name: "builtin",
  tasks: [concat, sleep, open, openDir, store, makeDirectory, sliceDirectory, run],
});
