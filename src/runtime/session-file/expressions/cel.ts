import { TypeError as CelTypeError, Environment, EvaluationError, ParseError } from "@marcbachmann/cel-js";
import { didYouMean } from "../../plugin/suggest.ts";
import { fromCel } from "./cel-values.ts";
import { CallError, registerFunctions } from "./functions.ts";

/** The variables of expressions; `toCel` makes their values. */
export interface Scope {
  params: Readonly<Record<string, unknown>>;
  /** The values of one instance of a task with a matrix. */
  matrix?: Readonly<Record<string, unknown>>;
  /** The texts of parameters that are numbers and would not be written the same again. */
  written?: Readonly<Record<string, string>>;
  /** Parameters without a known value, because of a fault that is reported. */
  unknown?: ReadonlySet<string> | "all";
  /** Parameters, such as `params.file`, whose values are texts that users choose, or lists of them. */
  userTexts?: ReadonlySet<string>;
}

export class ExpressionError extends Error {
  /** Index of the wrong character in the expression. */
  readonly index: number;
  /** The unknown name, if there is one: in `params` or `matrix`, or of a variable. */
  readonly missing: { name: string; of: "params" | "matrix" | "variables" } | undefined;
  constructor(index: number, message: string, missing?: ExpressionError["missing"]) {
    super(message);
    this.index = index;
    this.missing = missing;
  }
}

export type Evaluate = (scope: Scope) => unknown;

let environment: Environment | undefined;

/** Expressions are pure: they cannot use files, the environment or a clock. */
function celEnvironment(): Environment {
  if (!environment) {
    environment = new Environment({ homogeneousAggregateLiterals: false })
      .registerVariable("params", "map")
      .registerVariable("matrix", "map");
    registerFunctions(environment);
  }
  return environment;
}

/** Compiles an expression once for many evaluations. @throws ExpressionError, also during evaluation */
export function compile(expression: string): Evaluate {
  const parsed = explained(expression, () => {
    const result = celEnvironment().parse(expression);
    const { error } = result.check();
    if (error) throw error;
    return result;
  });
  const usesMatrix = /\bmatrix\b/.test(expression);
  return (scope) =>
    explained(expression, () => {
      if (usesMatrix && scope.matrix === undefined) {
        const index = expression.search(/\bmatrix\b/);
        throw new ExpressionError(index, '"matrix" can be used only in a task with the key "matrix"');
      }
      return fromCel(parsed({ params: scope.params, matrix: scope.matrix }));
    });
}

function explained<Result>(expression: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
      throw new ExpressionError(0, error instanceof Error ? error.message : String(error));
    }
    if (error.cause instanceof CallError)
      throw new ExpressionError(error.range?.start ?? 0, error.cause.message);
    throw explain(expression, error.summary, error.range?.start ?? 0);
  }
}

/**
 * Explains an error to people who do not know CEL. Errors that it does not know keep the library's message.
 */
function explain(expression: string, summary: string, index: number): ExpressionError {
  const key = /^No such key: ([A-Za-z_][\w-]*)$/.exec(summary)?.[1];
  if (key !== undefined) {
    const of = /matrix\s*(?:\.|\["?)\s*$/.test(expression.slice(0, index)) ? "matrix" : "params";
    const owner = /(?:params|matrix)\s*(?:\.|\["?)\s*$/.test(expression.slice(0, index));
    return new ExpressionError(
      index,
      `there is no ${JSON.stringify(key)} here`,
      owner ? { name: key, of } : undefined,
    );
  }
  const variable = /^Unknown variable: (.*)/.exec(summary)?.[1];
  if (variable !== undefined) {
    return new ExpressionError(index, "", { name: variable, of: "variables" });
  }
  const call = /^found no matching overload for '(.*)'/.exec(summary)?.[1]?.replaceAll(/dyn<(\w+)>/g, "$1");
  if (call !== undefined) return new ExpressionError(index, explainCall(call));
  const entry = /index out of bounds, index (-?\d+) >= size (\d+)/.exec(summary);
  if (entry) {
    return new ExpressionError(
      index,
      `the list has no entry ${entry[1]}; it has ${entry[2]} entries, counted from 0`,
    );
  }
  const operands = /^no such overload: (.*)/.exec(summary)?.[1]?.replaceAll(/dyn<(\w+)>/g, "$1");
  if (operands !== undefined) {
    const hint = /string/.test(operands) ? "; string(…) converts a value to text" : "";
    return new ExpressionError(index, `there is no operation ${operands}${hint}`);
  }
  if (/^Unexpected token: EOF/.test(summary))
    return new ExpressionError(index, "the expression ends too early");
  const [first = "", ...rest] = summary;
  return new ExpressionError(index, `${first.toLowerCase()}${rest.join("")}`);
}

/** @param call a call with the types of its arguments, such as `pad(string, int)` or `dyn.trim()` */
function explainCall(call: string): string {
  const [, name] = /([A-Za-z_]\w*)\([^(]*\)$/.exec(call) ?? [];
  if (name === undefined) return `there is no function ${call}`;
  const { functions } = celEnvironment().getDefinitions();
  const signatures = functions.filter((known) => known.name === name).map(({ signature }) => signature);
  if (signatures.length > 0) return `there is no ${call}; there is ${signatures.join(" and ")}`;
  return `there is no function "${name}"${didYouMean(name, new Set(functions.map((known) => known.name)))}`;
}
