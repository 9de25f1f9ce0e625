import type { Effect, Event } from "../../../src/runtime/core/index.ts";

/** Describes an event or effect in one line. */
export function describe({ kind, ...rest }: Event | Effect): string {
  const plain = (_: string, value: unknown) => {
    if (ArrayBuffer.isView(value)) return [...(value as Uint32Array)];
    return value instanceof Set ? [...value] : value;
  };
  return `${kind} ${JSON.stringify(rest, plain)}`;
}
