import { defineTask } from "rain-tasks/plugin";
import * as v from "valibot";
import { column, columnNames, configured, keys } from "./config.ts";
import { engine, output, TABLE, tableOf } from "./tables.ts";

const renamed = keys({ column: column("a column of the table"), as: column("its new name") });
const computed = keys({
  expression: v.pipe(
    v.string(),
    v.description("an expression in CEL over the columns of a row, such as delay / 60.0"),
  ),
  as: column("the name of the new column"),
  type: v.optional(
    v.pipe(v.string(), v.description("its type, instead of the one that follows from the expression")),
  ),
});

const named = v.string("a column is its name, { column, as } or { expression, as, type }");
const anyForm = v.union([named, renamed, computed]);
/** The same, with errors for the form that was meant. */
const meantForm = v.lazy((entry) => {
  if (typeof entry === "object" && entry !== null) return "expression" in entry ? computed : renamed;
  return named;
});

function configOf<const Form extends typeof anyForm | typeof meantForm>(form: Form) {
  return keys({
    columns: v.optional(
      v.pipe(
        v.array(form),
        v.minLength(1, "at least one column is needed"),
        v.description('the columns of the result; "*" stands for all columns that are not named'),
      ),
      () => ["*"],
    ),
    drop: v.optional(columnNames('columns that "*" does not include'), undefined),
  });
}

export const select = defineTask({
  name: "select",
  summary: "Selects, renames, drops and computes columns",
  inputs: { fixed: [{ label: "table", ...TABLE }] },
  outputs: { fixed: [{ label: "table", ...TABLE }] },
  ...configured(configOf(meantForm), configOf(anyForm)),
  async run({ config, input }) {
    const { select } = await engine();
    return [await output(select(await tableOf(input.table), config.columns, config.drop))];
  },
});
