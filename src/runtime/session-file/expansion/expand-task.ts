import { conforms } from "../checking/check-schema.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { checkQuoting } from "../command/check-quoting.ts";
import { CommandExpander } from "../command/expand.ts";
import type { Scope } from "../expressions/cel.ts";
import { toCel } from "../expressions/cel-values.ts";
import { type Expander, FAULTY, holdsExpression } from "../expressions/expand-value.ts";
import { namesIn } from "../expressions/names-in.ts";
import { isMap } from "../reading/plain-values.ts";
import { explainRewritten, writtenAt } from "../reading/written-numbers.ts";
import type { Named, NamedTask } from "../refs/names.ts";
import { NAME } from "../refs/refs.ts";
import { type Matrix, matrix as matrixSchema } from "../schema/matrix.ts";
import { type TaskEntry, task as taskSchema } from "../schema/tasks.ts";
import { Block, instanceName } from "./block.ts";
import { type Combination, combinationsOf, exceptionsOf, listsOf, productSize } from "./combinations.ts";

/** A larger matrix is probably a mistake. */
const MAX_INSTANCES = 1_000_000;

/** Evaluates the expressions of tasks, and makes the instances of tasks with a matrix. */
export class TaskExpander {
  readonly tasks: NamedTask[] = [];
  readonly blocks = new Map<string, Block>();
  readonly #expander: Expander;
  readonly #problems: Problems;
  readonly #scope: Scope;
  readonly #commands: CommandExpander;

  constructor(scope: Scope, expander: Expander, problems: Problems) {
    this.#scope = scope;
    this.#expander = expander;
    this.#problems = problems;
    this.#commands = new CommandExpander(expander, problems);
  }

  add(named: Named<TaskEntry>): void {
    const { key, entry, file } = named;
    this.#problems.file = file;
    const block = new Block(key, file, entry?.matrix !== undefined);
    this.blocks.set(key, block);
    // The instances are unknown if the matrix is wrong.
    if (!entry || (entry.matrix === undefined && file.document.tasks?.[key]?.matrix !== undefined))
      block.isFaulty = true;
    else if (entry.matrix !== undefined) this.#addInstances(named, entry, block);
    else this.#addPlain(named, block);
  }

  #addPlain(named: Named<TaskEntry>, block: Block): void {
    const entry = holdsExpression(named.entry)
      ? this.#expanded(named, named.entry, this.#scope)
      : named.entry;
    if (entry === FAULTY) {
      block.isFaulty = true;
      return;
    }
    this.#checkQuoting(named, entry, this.#scope);
    block.tasks.push(this.tasks.length);
    this.#push(named, named.key, entry);
  }

  #addInstances(named: Named<TaskEntry>, entry: TaskEntry, block: Block): void {
    const combinations = this.#combinations(named.key, entry.matrix as Matrix);
    if (!combinations) {
      block.isFaulty = true;
      return;
    }
    const { matrix: _, ...template } = { ...entry, group: entry.group ?? named.key };
    const varies = holdsExpression(template);
    for (const values of combinations) {
      const texts = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
      const key = instanceName(named.key, Object.entries(texts));
      if (block.instances!.has(key)) {
        this.#fault(named.key, `the instance ${key} is defined twice`);
        block.isFaulty = true;
        return;
      }
      this.#problems.instance = key;
      const scope = { ...this.#scope, matrix: toCel(values) as Record<string, unknown> };
      const expanded = varies ? this.#expanded(named, template, scope) : template;
      this.#problems.instance = undefined;
      // The problems of one instance are enough.
      if (expanded === FAULTY) {
        block.isFaulty = true;
        return;
      }
      if (block.tasks.length === 0) this.#checkQuoting(named, expanded, scope);
      block.instances!.add(key, this.tasks.length, texts);
      this.#push(named, key, expanded);
    }
  }

  #push({ key: block, sound, file }: Named<TaskEntry>, key: string, entry: TaskEntry | undefined): void {
    // Without a valid `run` or `type` nothing can be built.
    const hasKind = entry !== undefined && ("run" in entry || "type" in entry);
    this.tasks.push({ key, block, entry: hasKind ? entry : undefined, sound, file });
  }

  #expanded({ key, sound }: Named<TaskEntry>, entry: unknown, scope: Scope): TaskEntry | typeof FAULTY {
    const at = ["tasks", key];
    const expanded = this.#expandEntry(entry, scope, at);
    if (expanded === FAULTY || !sound) return FAULTY;
    return conforms(taskSchema, expanded, this.#problems, { at, expanded: true }) ? expanded : FAULTY;
  }

  /** Commands are split before values are put into them. */
  #expandEntry(entry: unknown, scope: Scope, at: Path): unknown {
    if (!isMap(entry) || typeof entry.run !== "string") return this.#expander.expand(entry, scope, at);
    const { run, ...others } = entry;
    const expanded = this.#expander.expand(others, scope, at);
    const shell = isMap(expanded) ? expanded.shell : others.shell;
    const command = this.#commands.expand(run, shell, scope, [...at, "run"]);
    return isMap(expanded) && command !== FAULTY ? { ...expanded, run: command } : FAULTY;
  }

  #checkQuoting({ key, entry }: Named<TaskEntry>, expanded: TaskEntry | undefined, scope: Scope): void {
    if (!entry || !expanded || !("run" in entry && "run" in expanded)) return;
    if (!expanded.shell || !scope.userTexts?.size) return;
    const userTexts = new Set(scope.userTexts);
    for (const [name, values] of Object.entries(entry.matrix ?? {})) {
      const names = namesIn(JSON.stringify(values));
      if (names.some((one) => scope.userTexts?.has(one))) userTexts.add(`matrix.${name}`);
    }
    const path = ["tasks", key, "run"];
    // A list is joined to one script.
    const parts =
      typeof entry.run === "string"
        ? [{ text: entry.run, path }]
        : entry.run.map((text, index) => ({ text, path: [...path, index] }));
    for (const part of parts) {
      const script = { ...part, shell: expanded.shell, userTexts };
      checkQuoting(script, scope, this.#expander.templates, this.#problems);
    }
  }

  #combinations(key: string, written: Matrix): Combination[] | undefined {
    const at: Path = ["tasks", key, "matrix"];
    const expanded = this.#expander.expand(written, this.#scope, at);
    if (expanded === FAULTY) return undefined;
    if (!conforms(matrixSchema, expanded, this.#problems, { at, expanded: true })) return undefined;
    if (!this.#checkKeys(key, expanded) || !this.#checkNumbers(at, expanded)) return undefined;
    const size = productSize(expanded);
    if (size > MAX_INSTANCES) {
      return this.#fault(key, `this matrix makes ${size} instances; the limit is ${MAX_INSTANCES}`);
    }
    if (Object.keys(expanded).length === 0) return this.#fault(key, "this matrix has no keys");
    const combinations = combinationsOf(expanded);
    if (combinations.length === 0) {
      const empty = listsOf(expanded).find(([, values]) => values.length === 0);
      const why = empty ? `the list of "${empty[0]}" is empty` : "all combinations are excluded";
      this.#problems.warning({ path: at, part: "key" }, `task "${key}" has no instances: ${why}`);
    }
    return combinations;
  }

  /** Values become text: part of the names of instances, and of selections. */
  #checkNumbers(at: Path, matrix: Matrix): boolean {
    const before = this.#problems.count;
    const check = (container: object, path: Path) => {
      for (const [key, value] of Object.entries(container)) {
        const step = Array.isArray(container) ? Number(key) : key;
        const written = typeof value === "number" ? writtenAt(container, step) : undefined;
        if (written === undefined) continue;
        this.#problems.error({ path: [...path, step], part: "value" }, explainRewritten(value, written));
      }
    };
    for (const [key, values] of listsOf(matrix)) check(values, [...at, key]);
    for (const [key, combinations] of Object.entries(exceptionsOf(matrix))) {
      for (const [index, values] of combinations.entries()) check(values, [...at, key, index]);
    }
    return this.#problems.count === before;
  }

  #checkKeys(task: string, matrix: Matrix): boolean {
    let isRight = true;
    const lists = listsOf(matrix);
    const known = lists.map(([key]) => key);
    const check = (key: string, path: Path) => {
      if (NAME.test(key)) return;
      isRight = false;
      const message = `${JSON.stringify(key)} is not a valid matrix key; use letters, digits, "_" and "-"`;
      this.#problems.error({ path: ["tasks", task, "matrix", ...path, key], part: "key" }, message);
    };
    for (const key of known) check(key, []);
    const { include, exclude } = exceptionsOf(matrix);
    include.forEach((combination, index) => {
      for (const key of Object.keys(combination)) check(key, ["include", index]);
    });
    exclude.forEach((combination, index) => {
      for (const key of Object.keys(combination)) {
        if (known.includes(key)) continue;
        isRight = false;
        const suggestion = this.#problems.nearest(key, known);
        const message = `the matrix has no key ${JSON.stringify(key)}`;
        const path = ["tasks", task, "matrix", "exclude", index, key];
        this.#problems.error({ path, part: "key" }, message, { suggestion });
      }
    });
    return isRight;
  }

  #fault(task: string, message: string): undefined {
    this.#problems.error({ path: ["tasks", task, "matrix"], part: "key" }, message);
    return undefined;
  }
}
