import { entryAt } from "../../collections/entry-at.ts";
import type { Problems } from "../checking/problems.ts";
import type { TaskEntry } from "../schema/tasks.ts";
import { dependencyOrder } from "./dependency-order.ts";
import type { Names } from "./names.ts";
import { needsOf, parseRef, refsOf } from "./refs.ts";

/** The indices of the tasks, each after the tasks it depends on. Reports cycles. */
export function orderTasks({ tasks, blocks }: Names, problems: Problems): number[] {
  const refsTo = (entry: TaskEntry) => [...refsOf(entry), ...needsOf(entry)];
  const named = (text: string, isNeed: boolean): readonly number[] => {
    const ref = parseRef(text, (name) => blocks.get(name)?.instances);
    const block = ref && blocks.get(ref.name);
    if (!block || block.isFaulty) return [];
    const { tasks: whole, instances } = block;
    // A ref with a missing or superfluous selection is reported when it is resolved.
    if (ref.selection === undefined) return instances && !isNeed ? [] : whole;
    return instances?.select(ref.selection) ?? [];
  };
  const needs = tasks.map(({ entry }) =>
    entry ? refsTo(entry).flatMap(({ text, path }) => named(text, path[0] === "needs")) : [],
  );
  return dependencyOrder(needs, (cycle) => {
    const first = entryAt(cycle, 0);
    const closing = entryAt(tasks, entryAt(cycle, cycle.length - 1));
    const refs = closing.entry ? refsTo(closing.entry) : [];
    const path = refs.find(({ text, path }) => named(text, path[0] === "needs").includes(first))?.path ?? [];
    const names = [...cycle, first].map((index) => entryAt(tasks, index).key);
    const shown = names.length <= 10 ? names : [...names.slice(0, 5), "…", ...names.slice(-4)];
    const message =
      cycle.length === 1
        ? path[0] === "needs"
          ? "a task cannot come before itself"
          : "a task cannot use its own output"
        : "these tasks depend on each other";
    problems.file = closing.file;
    problems.instance = closing.key === closing.block ? undefined : closing.key;
    problems.error(
      { path: ["tasks", closing.block, ...path], part: "value" },
      `${message}: ${shown.join(" → ")}`,
    );
    problems.instance = undefined;
  });
}
