import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import plugin from "../src/index.ts";
import { readTable } from "../src/ipc.ts";
import { runSession, type SessionTask } from "./run-session.ts";
import { typesOf } from "./tables.ts";

const file = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)));
const readme = file("../README.md").toString();

test("the tasks of the README run, and there is one for each type", async () => {
  const blocks = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => parse(text));
  const tasks = Object.assign({}, ...blocks) as Record<string, SessionTask>;
  const flights = "../../../examples/late-flights/";
  const objects = new Map([
    ["flights-csv", { bytes: file(`${flights}flights.csv`) }],
    ["airports-csv", { bytes: file(`${flights}airports.csv`) }],
  ]);
  const results = await runSession(objects, tasks);
  expect(new Set(Object.values(tasks).map(({ type }) => type))).toEqual(
    new Set(plugin.tasks?.map(({ name }) => `arrow/${name}`)),
  );
  expect(typesOf(readTable(results.get("with-hours")?.bytes ?? new Uint8Array()))).toEqual({
    origin: "utf8",
    destination: "utf8",
    minutes: "int64",
    hours: "float64",
    month: "int64",
    day: "date",
  });
});

test("the README names every key of every config", () => {
  for (const { name, configJsonSchema } of plugin.tasks ?? []) {
    const section = new RegExp(`^### \`arrow/${name}\`$([\\s\\S]*?)(?=^##)`, "m").exec(readme)?.[1] ?? "";
    const { properties = {} } = (configJsonSchema ?? {}) as { properties?: object };
    for (const key of Object.keys(properties)) expect(section, `${name}: ${key}`).toContain(`\`${key}\``);
  }
});
