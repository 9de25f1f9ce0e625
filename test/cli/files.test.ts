import { spawnSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { canRunAs, createShell, type Outcome, openShell, type Shell } from "./rain.ts";

/** A user without an entry in the table of users. */
const NOBODY = 54_321;

describe("files", () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await createShell();
    await shell.start("--local-workers", "[1,1]");
    return () => shell.dispose();
  });

  const submit = async (session: string, ...args: string[]) => {
    await shell.write("session.yml", `rain: 1\n${session}`);
    return await shell.rain("submit", "session.yml", ...args);
  };
  const facts = async (name: string) => {
    const { mode, mtimeMs } = await stat(join(shell.directory, name));
    return [(mode & 0o100) !== 0, mtimeMs];
  };

  it("keep their modification times and stay executable, from upload to save", async () => {
    const input = join(shell.directory, "input");
    await mkdir(join(input, "dir"), { recursive: true });
    for (const name of ["prog", "large", "dir/prog"]) {
      await writeFile(join(input, name), "#!/bin/sh\necho runs\n");
      if (name === "large") await writeFile(join(input, name), Buffer.alloc(3_000_000, "\n"));
      await chmod(join(input, name), 0o755);
      await utimes(join(input, name), 1_000_000_000, 1_000_000_000);
    }
    const outcome = await submit(`
objects:
  prog: { file: input/prog }
  large: { file: input/large }
  dir: { dir: input/dir }
tasks:
  pass:
    shell: true
    run: ./prog && dir/prog && cp -p prog copy && cp -p large copy2 && cp -pr dir tree
    files: { prog: prog, large: large, dir: dir }
    out: [copy, copy2, { path: tree, dataType: dir }]
  again:
    shell: true
    run: ./a && b/prog && ./c && stat -c '%Y' a b/prog c && mv a a2 && mv b b2 && mv c c2
    files: { a: "pass[0]", c: "pass[1]", b: "pass[2]" }
    out: [a2, c2, { path: b2, dataType: dir }]
  outside: { type: slice_directory, inputs: ["again[2]"], config: { path: prog } }
save:
  saved/prog: again[0]
  saved/large: again[1]
  saved/dir: again[2]
  saved/sliced: outside
`);
    expect([outcome.code, outcome.stderr]).toEqual([0, expect.anything()]);
    for (const name of ["prog", "large", "dir/prog", "sliced"]) {
      expect([name, await facts(`saved/${name}`)]).toEqual([name, [true, 1_000_000_000_000]]);
    }
    const { value } = await shell.json("submit", "session.yml");
    await shell.rain("fetch", String(value.session), "again", "-o", "fetched");
    expect(await facts("saved/prog")).toEqual([true, 1_000_000_000_000]);
  });

  it("that are written over keep their mode, links are followed, devices and FIFOs written into", async () => {
    const at = (name: string) => join(shell.directory, "over", name);
    await mkdir(at(""));
    await writeFile(at("private"), "old");
    await chmod(at("private"), 0o640);
    await symlink("private", at("link"));
    spawnSync("mkfifo", [at("fifo")]);
    const cat = execa("cat", [at("fifo")]);
    const outcome = await submit(`
objects: { text: hello }
tasks: { t: { type: concat, inputs: [text] } }
save: { over/link: t, over/fifo: t }
`);
    expect(outcome).toMatchObject({ code: 0 });
    expect((await cat).stdout).toBe("hello");
    expect(await readFile(at("private"), "utf8")).toBe("hello");
    expect((await lstat(at("private"))).mode & 0o777).toBe(0o640);
    expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
    expect((await lstat(at("fifo"))).isFIFO()).toBe(true);
  });

  it("are not to take the place of a directory, which is said before anything runs", async () => {
    await mkdir(join(shell.directory, "folder"));
    const session = "{ rain: 1, tasks: { t: { run: 'touch ran f', out: [f] } }, save: { folder: t } }";
    await shell.write("folder.yml", session);
    const refused = await shell.rain("submit", "folder.yml");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("Nothing was run. ") });
    expect(refused.stderr).toContain("folder is a directory");
  });

  it("go to stdout for -o -", async () => {
    await shell.write(
      "kept.yml",
      "{ rain: 1, tasks: { t: { run: 'echo hello', stdout: true, keep: true } } }",
    );
    const { value } = await shell.json("submit", "kept.yml");
    const fetched = await shell.rain("fetch", String(value.session), "t", "-o", "-");
    expect(fetched).toMatchObject({ code: 0, stdout: "hello\n" });
    expect(await readdir(shell.directory)).not.toContain("-");
  });

  it("of a saved directory take the place of those of the last run, and of no others", async () => {
    const session = (name: string) => `
tasks:
  t: { shell: true, run: mkdir d && touch d/${name}, out: [{ path: d, dataType: dir }] }
save: { results: t }
`;
    expect(await submit(session("one"))).toMatchObject({ code: 0 });
    expect(await submit(session("two"))).toMatchObject({ code: 0 });
    expect(await readdir(join(shell.directory, "results"))).toEqual(["two"]);
    await shell.write("results/mine", "");
    const refused = await submit(session("three"));
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("Nothing was run. ") });
    expect(refused.stderr).toContain('results has "mine", which Rain did not write there');
    expect((await readdir(join(shell.directory, "results"))).sort()).toEqual(["mine", "two"]);
  });
});

describe.skipIf(!canRunAs(NOBODY))("a task of a user who is not root", () => {
  /** On Deno, programs get copies, which they may change. */
  const expectFailure = ({ code, stderr, stdout }: Outcome) =>
    process.env.RAIN_TEST_RUNTIME === "deno"
      ? expect(code).toBe(0)
      : expect([code, stderr + stdout]).toEqual([
          1,
          expect.stringMatching(/the input "(d\/)?f" was changed while the task ran/),
        ]);

  /** A task that ends when two others have changed files. Tasks that read a file while it is changed fail. */
  const changed = ({ directory }: Shell) => `
  changed:
    shell: true
    run: cd ${directory}; until [ -e changed/f ] && [ -e changed/d/f ]; do sleep 0.1; done`;

  const MAKE = `
  make:
    shell: true
    run: mkdir d && head -c 5000000 /dev/zero > f && echo good > d/f
    out: [f, { path: d, dataType: dir }]`;

  it.each([
    ["on purpose", ["chmod u+w $path", "echo EVIL >> $path"]],
    [
      "and sets back its size, times and mode",
      [
        "touch -r $path ref",
        "chmod u+w $path",
        "printf EVIL | dd of=$path conv=notrunc 2>dd",
        "touch -r ref $path",
        "chmod u-w $path",
      ],
    ],
  ])(
    "that changes an input %s fails and names the file, and no other task reads the change",
    async (_, script) => {
      const shell = await openShell({ uid: NOBODY });
      await shell.start();
      await shell.write(
        "session.yml",
        `
rain: 1
onFailure: continue
tasks:${MAKE}
  change:
    shell: true
    run: path=\${{ matrix.path }}; ${script.join("; ")}; mkdir -p ${shell.directory}/changed/$path
    files: { f: "make[0]", d: "make[1]" }
    matrix: { path: [f, d/f] }
${changed(shell)}
  read:
    shell: true
    run: grep -l EVIL f d/f || cat d/f f | wc -c
    files: { f: "make[0]", d: "make[1]" }
    needs: [changed]
    stdout: true
    matrix: { n: [1, 2, 3, 4, 5, 6] }
  all: { type: concat, inputs: ["read[*]"] }
save: { all.txt: all, f: "make[0]", d: "make[1]" }
`,
      );
      expectFailure(await shell.rain("submit", "session.yml"));
      expect(await readFile(join(shell.directory, "all.txt"), "utf8")).toBe("5000005\n".repeat(6));
      expect((await readFile(join(shell.directory, "f"))).equals(Buffer.alloc(5_000_000))).toBe(true);
      expect(await readFile(join(shell.directory, "d/f"), "utf8")).toBe("good\n");
    },
  );

  it("may move its inputs, and make links to them", async () => {
    const shell = await openShell({ uid: NOBODY });
    await shell.start();
    await shell.write(
      "session.yml",
      `
rain: 1
tasks:${MAKE}
  use:
    shell: true
    run: mkdir o && ln d/f o/\${{ matrix.n }} && ln f o/f && mv f g && rm d/f
    files: { f: "make[0]", d: "make[1]" }
    matrix: { n: [1, 2, 3, 4] }
    out: [g, { path: o, dataType: dir }]
  sizes:
    shell: true
    run: wc -c f d/f o/* g
    files: { f: "make[0]", d: "make[1]", g: "use[n=1][0]", o: "use[n=2][1]" }
    stdout: true
save: { sizes.txt: sizes }
`,
    );
    expect(await shell.rain("submit", "session.yml")).toMatchObject({ code: 0 });
    const sizes = await readFile(join(shell.directory, "sizes.txt"), "utf8");
    expect(sizes.match(/\d+ /g)?.map(Number)).toEqual([5_000_000, 5, 5, 5_000_000, 5_000_000, 15_000_010]);
    const { value } = await shell.json("status", "1");
    expect(value.tasks).toMatchObject({ total: 6, finished: 6 });
    const { stdout } = await shell.rain("logs", "1");
    expect(stdout).not.toMatch(/again|lost/);
  });

  it("cannot change what another worker on the machine has", async () => {
    const shell = await openShell({ uid: NOBODY });
    await shell.start("--local-workers", "[2,2]");
    const forge = (worker: number) => `
  forge${worker}:
    shell: true
    run: |
      touch -r f ref
      chmod u+w f
      printf EVIL | dd of=f conv=notrunc 2>dd
      touch -r ref f
      chmod u-w f
      mkdir -p ${shell.directory}/changed/${worker === 1 ? "f" : "d/f"}
    files: { f: make }
    needs: [first]
    where: { workers: [${worker}] }
  read${worker}:
    shell: true
    run: grep -l EVIL f || echo sound
    files: { f: make }
    needs: [changed]
    stdout: true
    where: { workers: [${worker}] }`;
    await shell.write(
      "session.yml",
      `
rain: 1
onFailure: continue
tasks:
  make:
    shell: true
    run: head -c 5000000 /dev/zero > f
    out: [f]
    where: { workers: [1] }
  first: { run: wc -c f, files: { f: make }, stdout: true, where: { workers: [2] } }
${changed(shell)}
${forge(1)}
${forge(2)}
save: { f: make, 1.txt: read1, 2.txt: read2 }
`,
    );
    expectFailure(await shell.rain("submit", "session.yml"));
    for (const name of ["1.txt", "2.txt"])
      expect(await readFile(join(shell.directory, name), "utf8")).toBe("sound\n");
    expect((await readFile(join(shell.directory, "f"))).equals(Buffer.alloc(5_000_000))).toBe(true);
  });
});
