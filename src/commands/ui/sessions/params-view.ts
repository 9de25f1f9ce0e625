import { limitsOf, type ParamInfo } from "../../../runtime/session-file/index.ts";
import { table } from "../terminal/table.ts";

/** The output of `rain submit FILE --help-params`. */
export function renderParams(file: string, params: readonly ParamInfo[]): string {
  if (params.length === 0) return `${file} has no parameters.`;
  const columns = ["PARAMETER", "TYPE", "DEFAULT", "MUST BE", "DESCRIPTION"].map((title) => ({ title }));
  const rows = params.map((info) => [
    info.name,
    info.type,
    "default" in info ? JSON.stringify(info.default) : "(required)",
    limitsOf(info),
    info.description ?? "",
  ]);
  return `${table(columns, rows)}\n\nSet one with --set NAME=VALUE, or several with --params FILE.`;
}
