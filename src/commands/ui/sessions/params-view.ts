import { limitsOf, type ParamInfo } from "../../../runtime/session-file/index.ts";
import { table } from "../terminal/table.ts";

/** What `rain submit FILE --help-params` prints. */
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
  return `${table(columns, rows)}\n\nGive one by --set NAME=VALUE, or several by --params FILE.`;
}
