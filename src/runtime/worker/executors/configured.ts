import type { ExecutorCommand } from "../../plugin/contract/index.ts";
import type { TaskTypeInfo } from "../../protocol/messages/index.ts";
import { commandDriver } from "./cbor1/index.ts";
import type { ExecutorDriver } from "./executor.ts";

/** Executors of the worker configuration by their names. The paths in their commands are absolute. */
export type Commands = Readonly<Record<string, ExecutorCommand>>;

/** What the worker announces: which methods an executor has only it knows. */
export function commandTypes(commands: Commands): TaskTypeInfo[] {
  return Object.keys(commands).map((name) => ({
    name: `${name}/*`,
    summary: `Any method of the executor ${name} of the worker's configuration`,
    inputs: "blob or dir…",
    outputs: "blob or dir…",
  }));
}

/** Finds what runs the task types `NAME/…`. */
export function commandDrivers(commands: Commands): (type: string) => ExecutorDriver | undefined {
  const drivers = new Map(
    Object.entries(commands).map(([name, command]) => [
      name,
      commandDriver({ name, ...command, folder: () => "/" }),
    ]),
  );
  return (type) => drivers.get(type.replace(/\/.*/, ""));
}
