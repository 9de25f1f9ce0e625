import { describe, expect, test } from "vitest";
import { load } from "./load.ts";

const FIT = `
rain: 1
params: { values: { type: list, default: [] } }
objects: { note: note }
tasks:
  fit: { matrix: { fold: [0, 1], cost: [1, 10] }, run: date, stdout: true, out: [model] }
  one: { matrix: { only: [x] }, run: date, stdout: true }
  none: { matrix: { v: "\${{ params.values }}" }, run: date, stdout: true }
  names: { matrix: { file: ["a/b", "..", "50%", "a,b", "\\n", "é"] }, run: date, stdout: true }
`;

/** The config of the task `use`. */
const configOf = (use: string) =>
  load(`${FIT}  use: ${use}\n`).tasks.find(({ options }) => options.key === "use")?.config as {
    in_paths: { path: string; write?: boolean }[];
    paths: string[];
    directories?: string[];
  };
const filesOf = (files: string) => configOf(`{ run: ls, files: { ${files} } }`);
const pathsOf = (files: string) => filesOf(files).in_paths.map(({ path }) => path);

describe("a reference to several instances under one path", () => {
  test("makes a directory with a file for each instance, named by its values", () => {
    const { in_paths, directories } = filesOf('results: "fit[*].model"');
    expect(in_paths.map(({ path }) => path)).toEqual([
      "results/fold=0,cost=1",
      "results/fold=0,cost=10",
      "results/fold=1,cost=1",
      "results/fold=1,cost=10",
    ]);
    expect(directories).toEqual(["results"]);
  });

  test("takes the instances that have a value", () => {
    expect(pathsOf('r: "fit[fold=1].model"')).toEqual(["r/fold=1,cost=1", "r/fold=1,cost=10"]);
  });

  test("is a directory with [*] even if there is one instance, and a file if values choose one", () => {
    expect(pathsOf('r: "one[*]"')).toEqual(["r/only=x"]);
    expect(pathsOf('r: "one[only=x]"')).toEqual(["r"]);
    expect(pathsOf('r: "fit[fold=1,cost=1].model"')).toEqual(["r"]);
  });

  test("is an empty directory if there is no instance", () => {
    expect(filesOf('r: "none[*]"')).toMatchObject({ in_paths: [], directories: ["r"] });
  });

  test("has names that are safe in any directory, and distinct", () => {
    expect(pathsOf('r: "names[*]"')).toEqual([
      "r/file=a%2Fb",
      "r/file=..",
      "r/file=50%25",
      "r/file=a%2Cb",
      "r/file=%0A",
      "r/file=é",
    ]);
    const long = "x".repeat(300);
    const { save } = load(`
rain: 1
tasks:
  a: { matrix: { v: [${long}1, ${long}2] }, run: date, stdout: true }
save: { r: "a[*]" }
`);
    const [one, other] = save.map(({ path }) => path);
    expect(one).toMatch(/^r\/v=x{181}~[0-9a-f]{16}$/);
    expect(one).not.toBe(other);
  });

  test("can be copies that the program may change", () => {
    expect(filesOf('r: { object: "one[*]", write: true }').in_paths).toEqual([
      { path: "r/only=x", write: true },
    ]);
  });

  test("can be the directory of the program itself", () => {
    expect(pathsOf('.: "one[*]", note: note')).toEqual(["./only=x", "note"]);
  });

  test("clashes with other files only where they have the same path", () => {
    expect(pathsOf('r: "one[*]", r/other: note')).toEqual(["r/only=x", "r/other"]);
    expect(() => filesOf('r: "one[*]", r/only=x: note')).toThrow('the input path "r/only=x" is used twice');
    expect(() => filesOf('r: "none[*]", ./r: note')).toThrow('the input path "r" is used twice');
    expect(() => filesOf('../r: "one[*]"')).toThrow('contains ".."');
    expect(() => filesOf('/r: "none[*]"')).toThrow("is an absolute path");
  });

  test("is refused where one object is needed", () => {
    expect(() => load(`${FIT}  use: { run: cat, stdin: "fit[*].model" }\n`)).toThrow(
      "names 4 objects where one is needed",
    );
  });
});

describe("make_directory", () => {
  test("takes a map from paths to references", () => {
    expect(configOf('{ type: make_directory, inputs: { a/note: note, r: "one[*]", e: "none[*]" } }')).toEqual(
      {
        paths: ["a/note", "r/only=x"],
        directories: ["r", "e"],
      },
    );
  });

  test("still takes a list of inputs and their paths", () => {
    expect(configOf("{ type: make_directory, inputs: [note], config: { paths: [n] } }")).toEqual({
      paths: ["n"],
    });
  });

  test("reports a wrong path where it stands", () => {
    const text = `${FIT}  use:\n    type: make_directory\n    inputs:\n      ok: note\n      /abs: note\n`;
    expect(() => load(text)).toThrow(/test\.yml:14:7: make_directory: "\/abs" is an absolute path/);
  });
});

describe("save", () => {
  const planOf = (save: string) => load(`${FIT}save: { ${save} }\n`);

  test("saves a file for each instance, and each has a reference of its own", () => {
    const { save, savedDirectories } = planOf('each/: "fit[fold=0].model", note.txt: note');
    expect(savedDirectories).toEqual(["each"]);
    expect(save.map(({ path, ref, object }) => [path, ref, object.kept])).toEqual([
      ["each/fold=0,cost=1", "fit[fold=0,cost=1].model", true],
      ["each/fold=0,cost=10", "fit[fold=0,cost=10].model", true],
      ["note.txt", "note", true],
    ]);
  });

  test("makes an empty directory of no instances, and a file of one that values choose", () => {
    const { save, savedDirectories } = planOf('each: "none[*]", x: "one[only=x]"');
    expect(savedDirectories).toEqual(["each"]);
    expect(save.map(({ path }) => path)).toEqual(["x"]);
  });

  test("does not save into such a directory what has a path of its own", () => {
    expect(() => planOf('each: "one[*]", each/note: note')).toThrow("one is inside the other");
  });
});
