import type { ASTNode } from "@marcbachmann/cel-js";

/** The variable that gives access to all columns by name: `row["departure time"]`. */
export const ROW = "row";

/** The names that an expression uses: as variables, and as keys of `row`. */
export interface UsedNames {
  variables: Set<string>;
  keys: Set<string>;
  /** The expression uses `row` without a fixed name, so it may read every column. */
  wholeRow: boolean;
}

export function usedNames(ast: ASTNode): UsedNames {
  const used: UsedNames = { variables: new Set(), keys: new Set(), wholeRow: false };
  visit(ast, used);
  return used;
}

function visit(node: ASTNode, used: UsedNames): void {
  if (node.op === "id") {
    if (node.args === ROW) used.wholeRow = true;
    else used.variables.add(node.args);
    return;
  }
  const key = keyOfRow(node);
  if (key !== undefined) {
    used.keys.add(key);
    return;
  }
  if (node.op !== "value") visitAll(node.args, used);
}

/** Arguments can be nodes, lists of nodes, text and numbers. */
function visitAll(args: unknown, used: UsedNames): void {
  if (Array.isArray(args)) for (const part of args) visitAll(part, used);
  else if (typeof args === "object" && args !== null && "op" in args) visit(args as ASTNode, used);
}

/** The name in `row["name"]` and `row.name`. */
function keyOfRow(node: ASTNode): string | undefined {
  if (node.op !== "." && node.op !== "[]") return undefined;
  const [owner, key] = node.args;
  if (owner.op !== "id" || owner.args !== ROW) return undefined;
  if (typeof key === "string") return key;
  return key.op === "value" && typeof key.args === "string" ? key.args : undefined;
}
