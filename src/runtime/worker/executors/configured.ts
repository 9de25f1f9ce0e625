import type { ExecutorCommand } from "../../plugin/contract/index.ts";
import type { TaskTypeInfo } from "../../protocol/messages/index.ts";
import { commandDriver } from "./cbor1/index.ts";
import type { ExecutorDriver } from "./executor.ts";

/** The executors of the worker configuration, by name. The paths in their commands are absolute. */
export type Commands = Readonly<Record<string, ExecutorCommand>>;

/** The task types that the worker announces for them. Only an executor itself knows its methods. */
export function commandTypes(commands: Commands): TaskTypeInfo[] {
  return Object.keys(commands).map((name) => ({
    name: `${name}/*`,
    summary: `Any method of the executor ${name} of the worker's configuration`,
    inputs: "blob or dir…",
    outputs: "blob or dir…",
  }));
}

/** Finds the driver of the task types `NAME/…`. */
export function commandDrivers(commands: Commands): (type: string) => ExecutorDriver | undefined {
  const drivers = new Map(
    Object.entries(commands).map(([name, command]) => [
      name,
      commandDriver({ name, ...command, folder: () => "/" }),
    ]),
  );
  return (type) => drivers.get(type.replace(/\/.*/, ""));
}
