#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);

// The library of the command line asks for the home directory and the shell. Some users of containers have none.
try {
  homedir();
} catch {
  process.env.HOME = "/";
}
if (!process.env.SHELL) {
  try {
    userInfo();
  } catch {
    process.env.SHELL = "/bin/sh";
  }
}

// Answered here, because everything else takes longer to load.
if (["--version", "-V", "-v"].includes(args[0])) {
  console.log(`rain ${JSON.parse(readFileSync(`${root}package.json`, "utf8")).version}`);
} else if (existsSync(`${root}dist/cli.js`)) {
  const { main } = await import("../dist/cli.js");
  await main(args, root);
} else {
  console.error("error: this checkout of Rain is not built yet\nhint:  run `npm run build`");
  process.exitCode = 1;
}
