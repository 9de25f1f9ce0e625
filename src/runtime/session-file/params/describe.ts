import { describeValue } from "../reading/plain-values.ts";
import type { Param } from "./param.ts";

/** A parameter as users see it. */
export interface ParamInfo {
  name: string;
  type: string;
  /** Type of the entries of a list. */
  items?: string;
  /** Absent if a value is required. */
  default?: unknown;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
  description?: string;
}

export function describeParams(params: readonly Param[]): ParamInfo[] {
  return params.map(
    ({ name, type, items, default: value, minimum, maximum, enum: allowed, description }) => ({
      name,
      type,
      ...(items === undefined ? {} : { items }),
      ...(value === undefined ? {} : { default: value }),
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
      ...(allowed === undefined ? {} : { enum: allowed }),
      ...(description === undefined ? {} : { description }),
    }),
  );
}

/** The limits of a value besides its type: `at least 2, one of 3, 5`. */
export function limitsOf({ minimum, maximum, enum: allowed }: ParamInfo): string {
  const limits: string[] = [];
  if (minimum !== undefined) limits.push(`at least ${minimum}`);
  if (maximum !== undefined) limits.push(`at most ${maximum}`);
  if (allowed) limits.push(`one of ${allowed.map((value) => JSON.stringify(value)).join(", ")}`);
  return limits.join(", ");
}

/** A parameter in one line. */
export function renderParam(info: ParamInfo): string {
  const { name, type, items, description } = info;
  const value = "default" in info ? `default ${shown(info.default)}` : "required";
  const facts = [items === undefined ? type : `${type} of ${items}`, value, limitsOf(info)]
    .filter(Boolean)
    .join(", ");
  return `${name} (${facts})${description === undefined ? "" : `: ${description}`}`;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length <= 60 ? json : describeValue(value);
}
