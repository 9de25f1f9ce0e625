import { Environment } from "@marcbachmann/cel-js";
import type { Table } from "apache-arrow";
import { reader } from "../table/columns/reader.ts";
import { columnData, columnIndex, noColumn } from "../table/table.ts";
import { shown } from "../table/text/from-text.ts";
import { typeName } from "../table/types/type-names.ts";
import { celView, orNull } from "./cel-types.ts";
import { explain } from "./explain.ts";
import { registerFunctions } from "./functions.ts";
import { ROW, type UsedNames, usedNames } from "./names.ts";

/** The result in a row where the expression has no value, because a column that it needs is null there. */
export const UNKNOWN = Symbol("unknown");

export interface Expression {
  /** The CEL type of the result. `dyn` if it is known only after evaluation. */
  readonly type: string;
  /** The value in a row, or `UNKNOWN`. @throws Error that shows the row */
  evaluate(row: number): unknown;
}

interface UsedColumn {
  name: string;
  /** The name of the type in CEL. */
  type: string;
  isVariable: boolean;
  value(row: number): unknown;
}

/** Columns with such names can be variables, unless CEL reserves the name. */
const IDENTIFIER = /^[A-Za-z_]\w*$/;

let shared: Environment | undefined;

function baseEnvironment(): Environment {
  if (!shared) {
    shared = new Environment({ homogeneousAggregateLiterals: false });
    registerFunctions(shared);
  }
  return shared.clone();
}

/**
 * Compiles a CEL expression. It can read the columns of a row as variables, or as `row["the name"]` if the name cannot be a
 * variable. It cannot read anything else, such as files or the clock. It is interpreted: no code is generated from its text.
 * @param where the start of error messages, such as `where`
 * @throws Error for invalid syntax, unknown columns and types that do not fit an operation
 */
export function compile(text: string, { table, where }: { table: Table; where: string }): Expression {
  const unknownVariable = (name: string) => {
    const quotes = IDENTIFIER.test(name) ? "; put text in quotes" : "";
    return `${noColumn(table, name)}${quotes}`;
  };
  const explained = <Result>(call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      throw explain(error, { where, text, unknownVariable });
    }
  };
  const used = explained(() => {
    const anyNames = new Environment({ homogeneousAggregateLiterals: false, unlistedVariablesAreDyn: true });
    return usedNames(anyNames.parse(text).ast);
  });
  const columns = columnsUsed(table, used, where);
  const type = explained(() => checkedType(text, columns));
  const run = explained(() => {
    const environment = baseEnvironment().registerVariable(ROW, "map");
    for (const { name, isVariable } of columns) if (isVariable) environment.registerVariable(name, "dyn");
    return environment.parse(text);
  });
  const scope: Record<string, unknown> = {};
  const keys: Record<string, unknown> = {};
  scope[ROW] = keys;
  return {
    type,
    evaluate(row) {
      let unknown = false;
      for (const { name, isVariable, value } of columns) {
        const part = value(row);
        if (part === null) unknown = true;
        (isVariable ? scope : keys)[name] = part;
      }
      try {
        return run(scope);
      } catch (error) {
        if (unknown) return UNKNOWN;
        const values = columns.map(({ name, value }) => `${name}: ${shownValue(value(row))}`).join(", ");
        const { message } = explain(error, { where, text, unknownVariable });
        throw new Error(`${message}, in row ${row + 1}${values ? ` (${values})` : ""}`);
      }
    },
  };
}

/** The columns that an expression uses. The type check reports names that are not columns. */
function columnsUsed(table: Table, { variables, keys, wholeRow }: UsedNames, where: string): UsedColumn[] {
  const names = table.schema.fields.map(({ name }) => name);
  const asVariables = names
    .filter((name) => variables.has(name))
    .map((name) => usedColumn(table, name, where, true));
  const ofRow = wholeRow ? new Set([...keys, ...names]) : keys;
  return [...asVariables, ...Array.from(ofRow, (name) => usedColumn(table, name, where, false))];
}

function usedColumn(table: Table, name: string, where: string, isVariable: boolean): UsedColumn {
  const index = columnIndex(table, name, where);
  const { type } = table.schema.fields[index];
  const view = celView(type);
  if (!view) {
    throw new Error(
      `${where}: column ${JSON.stringify(name)} is of type ${typeName(type)}, which expressions do not support`,
    );
  }
  const read = reader(columnData(table, index));
  const toCel = orNull(view);
  return { name, type: view.type, isVariable, value: (row) => toCel(read(row)) };
}

/** The type of the result, given the types of the columns. Only this check uses these types, because values may be null. */
function checkedType(text: string, columns: readonly UsedColumn[]): string {
  const environment = baseEnvironment();
  const ofRow = columns.filter(({ isVariable }) => !isVariable);
  environment.registerVariable({
    name: ROW,
    schema: Object.fromEntries(ofRow.map(({ name, type }) => [name, type])),
  });
  for (const { name, type, isVariable } of columns) if (isVariable) environment.registerVariable(name, type);
  const { type = "dyn", error } = environment.parse(text).check();
  if (error) throw error;
  return type;
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return shown(value);
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "";
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
