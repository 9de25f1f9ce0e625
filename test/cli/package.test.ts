import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import ts from "typescript";
import { describe, expect, it, onTestFinished } from "vitest";
import { runtimeCommand } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

it("what the package ships runs by itself, without any installed library", async () => {
  const directory = await mkdtemp(join(tmpdir(), "package-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const name of ["bin", "dist", "oclif.manifest.json", "package.json"]) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  const [program, ...args] = runtimeCommand().slice(0, -1);
  const rain = (...words: string[]) =>
    execa(program, [...args, join(directory, "bin", "rain.js"), ...words], {
      cwd: directory,
      env: { RAIN_HOME: join(directory, "home"), RAIN_SERVER: "" },
      reject: false,
    });
  expect(await rain("start", "--listen", "0")).toMatchObject({ exitCode: 0 });
  expect(await rain("status")).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("online") });
  expect(await rain("stop")).toMatchObject({ exitCode: 0 });

  const script = join(directory, "api.mjs");
  const load = `import * as rain from "./dist/index.js"; console.log(typeof rain.connect, typeof rain.tasks.concat)`;
  await writeFile(script, load);
  expect(await execa(program, [...args, script])).toMatchObject({
    stdout: "function function",
  });
  expect(await readdir(join(directory, "dist", "types"))).toContain("index.d.ts");
});

it("its type declarations need no library but those of Node", async () => {
  const directory = await mkdtemp(join(tmpdir(), "package-types-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await cp(join(ROOT, "dist", "types"), join(directory, "types"), { recursive: true });
  const lines = [
    'import type { LogEntry, Placement, SessionStatus, TaskInfo, TaskStory } from "./types/index.js";',
    "type IsAny<T> = 0 extends 1 & T ? true : false;",
    'type Named = LogEntry | Placement | SessionStatus["plugins"][number] | TaskInfo | TaskStory;',
    "export const isAny: IsAny<Named> = false;",
    "export const user = (task: TaskInfo): unknown => task.user;",
    "// @ts-expect-error There is no such field.",
    "export const missing = (task: TaskInfo) => task.missing;",
  ];
  await writeFile(join(directory, "user.mts"), lines.join("\n"));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
  const checked = await execa(process.execPath, [tsc, ...flags, "user.mts"], {
    cwd: directory,
    reject: false,
  });
  expect(checked).toMatchObject({ exitCode: 0, stdout: "" });
});

/** The anchors that GitHub gives the headings of a page. */
const anchorsOf = (page: string) =>
  [...page.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );

it("has the plugins that come with Rain, and links inside it lead to files that it has, and to their headings", async () => {
  const { stdout } = await execa("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: ROOT });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const plugin of [
    "plugins/arrow/dist/index.js",
    "plugins/python/dist/index.js",
    "plugins/python/python/main.py",
  ])
    expect(paths).toContain(plugin);
  const has = (path: string) =>
    paths.some((one) => one === path || one.startsWith(`${path.replace(/\/$/, "")}/`));
  const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
  const pages = paths.filter((path) => path.endsWith(".md"));
  expect(pages.length).toBeGreaterThan(20);
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, link = ""] of read(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(page, "..", path);
      if (!has(target) || (anchor && !anchorsOf(read(target)).includes(anchor)))
        broken.push(`${page}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});

describe("its public types", () => {
  const entries = ["index", "plugin", "testing"].map((name) => join(ROOT, "dist", "types", `${name}.d.ts`));
  const program = ts.createProgram(entries, {
    module: ts.ModuleKind.NodeNext,
    types: ["node"],
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();

  /** What the entries export, also in namespaces, by name. */
  const exportsOf = (entry: string): ts.Symbol[] => {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`there is no ${entry}`);
    const members = checker.getExportsOfModule(module).map(target);
    const isNamespace = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Module) !== 0;
    const inner = members
      .filter(isNamespace)
      .flatMap((symbol) => checker.getExportsOfModule(symbol).map(target));
    return [...members.filter((symbol) => !isNamespace(symbol)), ...inner];
  };
  const target = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isOurs = (symbol: ts.Symbol) =>
    symbol.declarations?.some((one) =>
      one.getSourceFile().fileName.startsWith(join(ROOT, "dist", "types")),
    ) ?? false;

  /** The named types of this package in what a function takes and returns, or in the members of a class or interface. */
  function namedIn(symbol: ts.Symbol): ts.Symbol[] {
    const found: ts.Symbol[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.getCombinedModifierFlags(node as ts.Declaration) & ts.ModifierFlags.Private) return;
      if (ts.isPrivateIdentifier((node as ts.NamedDeclaration).name ?? node)) return;
      if (ts.isConstructorDeclaration(node)) return;
      if (ts.isTypeReferenceNode(node)) {
        const named = checker.getSymbolAtLocation(node.typeName);
        if (named && !(target(named).flags & ts.SymbolFlags.TypeParameter)) found.push(target(named));
      }
      ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? []) {
      // A generic alias computes types from others with its own helpers.
      if (!ts.isTypeAliasDeclaration(declaration) || !declaration.typeParameters) visit(declaration);
    }
    return found.filter(isOurs);
  }

  it.each(entries)("that functions take and return are all exported: %s", (entry) => {
    // Types of plugins are also exported by the other entries.
    const names = new Set(entries.flatMap(exportsOf).map(({ name }) => name));
    const missing = new Set<string>();
    for (const symbol of exportsOf(entry)) {
      for (const { name } of namedIn(symbol)) if (!names.has(name)) missing.add(`${symbol.name}: ${name}`);
    }
    expect([...missing].sort()).toEqual([]);
  });

  it("have no constructor that a program cannot use", async () => {
    const rain: Record<string, unknown> = await import(join(ROOT, "dist", "index.js"));
    const classes = Object.entries(rain).filter(([, value]) => /^class\b/.test(String(value)));
    expect(classes.map(([name]) => name).sort()).toEqual(["RainError", "TaskError"]);
  });
});
