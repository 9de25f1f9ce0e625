import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blob, type DataObject, Task, tasks } from "../../../../../src/runtime/client/index.ts";
import { collect } from "../../../../../src/runtime/client/submit/collect.ts";
import { type ChunkSize, pack } from "../../../../../src/runtime/client/submit/pack.ts";
import { decode } from "../../../../../src/runtime/protocol/codec/codec.ts";
import { checkSubmission } from "../../../../../src/runtime/protocol/messages/check-submission.ts";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";
import { startFakeServer } from "../fake-server.ts";

/** Converts the columns back to the form of the values. */
function unpack(chunks: Submission[]) {
  return chunks.flatMap((chunk) => {
    const { kinds, groups, configs, firstTask } = chunk;
    const sparse = <T>(of: Uint32Array, values: T[], task: number) => values[of.indexOf(task)];
    return Array.from(chunk.kind, (number, i) => {
      const { type, resources, inputLabels, outputs, group } = kinds[number];
      const config = chunk.config[i] - 1;
      const task = firstTask + i;
      return {
        number: task,
        type,
        cpus: resources.cpus,
        inputLabels,
        outputs: outputs.map(({ label = "", contentType = "", dataType }) => ({
          label,
          contentType,
          dataType,
        })),
        group: groups[group],
        inputs: [...chunk.inputs.subarray(chunk.inputStart[i], chunk.inputStart[i + 1])],
        config:
          config < 0
            ? undefined
            : decode(configs.bytes.subarray(configs.start[config], configs.start[config + 1])),
        name: sparse(chunk.names.of, chunk.names.text, task),
        key: sparse(chunk.taskKeys.of, chunk.taskKeys.text, task),
        user: sparse(chunk.users.of, chunk.users.value, task),
      };
    });
  });
}

/** Describes the values themselves, by their numbers. */
function describeTask(task: Task) {
  const { name, key, user, group = "", resources } = task.options;
  return {
    number: task.number,
    type: task.type,
    cpus: resources?.cpus ?? 1,
    inputLabels: task.inputLabels && [...task.inputLabels],
    outputs: task.outputs.map(({ label, contentType, dataType }) => ({ label, contentType, dataType })),
    group,
    inputs: task.inputs.map((input) => input.number),
    config: task.config,
    name,
    key,
    user,
  };
}

/** Like `unpack`, but names inputs and kept objects by content, since their numbers depend on the chunks. */
function resolved(chunks: Submission[]) {
  const objects = new Map<number, string>();
  for (const { firstTask, firstObject, constants, kind, kinds } of chunks) {
    let next = firstObject;
    for (const { data } of constants) objects.set(next++, String(data));
    for (const [i, number] of kind.entries()) {
      for (const output of kinds[number].outputs.keys()) objects.set(next++, `${firstTask + i}:${output}`);
    }
  }
  return {
    tasks: unpack(chunks).map(({ inputs, ...task }) => ({
      ...task,
      inputs: inputs.map((input) => objects.get(input)),
    })),
    objects: [...objects.values()].sort(),
    kept: chunks.flatMap(({ keep }) => [...keep].map((object) => objects.get(object))),
    keys: chunks.flatMap(({ constantKeys: { of, text } }) => text.map((key, i) => [key, objects.get(of[i])])),
  };
}

const word = fc.constantFrom("a", "b", "c");
const optionalWord = fc.option(word, { nil: undefined });
/** Inputs are existing objects: the numbers modulo the count of objects. */
const recipe = fc.record({
  inputs: fc.array(fc.nat(), { maxLength: 4 }),
  labelled: fc.boolean(),
  outputs: fc.array(
    fc.record({
      label: optionalWord,
      contentType: optionalWord,
      dataType: fc.constantFrom("blob", "dir"),
      keep: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  config: fc.option(
    fc.oneof(
      fc.constant("same"),
      fc.record({ path: fc.string() }),
      fc.double({ noNaN: true }).map((x) => x + 0),
    ),
    {
      nil: undefined,
    },
  ),
  name: optionalWord,
  key: optionalWord,
  group: optionalWord,
  user: fc.option(fc.record({ mark: fc.nat() }), { nil: undefined }),
  cpus: fc.option(fc.constantFrom(1, 2), { nil: undefined }),
});

type Recipe = typeof recipe extends fc.Arbitrary<infer R> ? R : never;

function build(constants: DataObject[], recipes: Recipe[]): Task[] {
  const objects = [...constants];
  return recipes.map(({ inputs, labelled, cpus, ...rest }) => {
    const picked = objects.length === 0 ? [] : inputs.map((pick) => objects[pick % objects.length]);
    const task = new Task("concat", {
      ...rest,
      inputs: labelled ? Object.fromEntries(picked.map((object, i) => [`input${i}`, object])) : picked,
      resources: cpus === undefined ? undefined : { cpus },
    });
    objects.push(...task.outputs);
    return task;
  });
}

describe("a packed submit", () => {
  it("has consistent columns with exactly the content of the values", async () => {
    const { client, chunks } = await startFakeServer();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(4),
        fc.array(recipe, { maxLength: 25 }),
        fc.array(fc.nat()),
        async (count, recipes, order) => {
          const session = await client.newSession();
          chunks.length = 0;
          const constants = Array.from({ length: count }, (_, i) =>
            blob(`constant ${i}`, { key: `key${i}` }),
          );
          const all = build(constants, recipes);
          // In any order: the tasks that a task depends on always precede it.
          const shuffled = [...all].sort(
            (a, b) => (order[all.indexOf(a)] ?? 0) - (order[all.indexOf(b)] ?? 0),
          );
          await session.submit(shuffled);

          for (const chunk of chunks) checkSubmission(chunk);
          const byNumber = [...all].sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
          expect(unpack(chunks)).toEqual(byNumber.map(describeTask));
          for (const task of all) {
            const firstOutput = task.outputs[0]?.number ?? Number.POSITIVE_INFINITY;
            for (const input of task.inputs) expect(input.number).toBeLessThan(firstOutput);
          }

          const used = constants.filter((constant) => all.some((task) => task.inputs.includes(constant)));
          const [chunk] = chunks;
          expect(chunk?.constants.map(({ data }) => String(data)).sort() ?? []).toEqual(
            used.map((constant) =>
              constant.source?.kind === "bytes" ? String(Buffer.from(constant.source.bytes)) : "",
            ),
          );
          for (const [i, of] of (chunk?.constantKeys.of ?? new Uint32Array()).entries()) {
            expect(used.find(({ number }) => number === of)?.key).toBe(chunk.constantKeys.text[i]);
          }
          const kept = all.flatMap(({ outputs }) => outputs).filter((output) => output.kept);
          expect(chunks.flatMap(({ keep }) => [...keep])).toEqual(
            kept.map(({ number }) => number).sort((a, b) => Number(a) - Number(b)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("has the same content in chunks of any size", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const packed = (count: number, recipes: Recipe[], size: ChunkSize) => {
      const constants = Array.from({ length: count }, (_, i) => blob(`constant ${i}`, { key: `key${i}` }));
      const collected = collect(session, 0, [constants, build(constants, recipes)]);
      return [...pack(session, collected, 0, size)].map(({ chunk }) => chunk);
    };
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.array(recipe, { maxLength: 25 }),
        fc.record({ tasks: fc.integer({ min: 1, max: 4 }), bytes: fc.integer({ min: 1, max: 400 }) }),
        (count, recipes, size) => {
          const chunks = packed(count, recipes, size);
          for (const chunk of chunks) {
            checkSubmission(chunk);
            expect(chunk.kind.length).toBeLessThanOrEqual(size.tasks);
          }
          const whole = packed(count, recipes, { tasks: 100, bytes: 1e6 });
          expect(whole).toHaveLength(1);
          expect(resolved(chunks)).toEqual(resolved(whole));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("begins a new chunk when constants have filled one, even those of one task", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    const many = Array.from({ length: 3_000 }, (_, i) => blob(Buffer.alloc(16 * 1024, i)));
    await session.submit(tasks.concat([]), tasks.concat(many));
    for (const chunk of chunks) checkSubmission(chunk);
    const sizes = chunks.map(({ constants }) => constants.reduce((sum, { size }) => sum + size, 0));
    expect(sizes.every((size) => size <= 17 * 2 ** 20)).toBe(true);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(3_000 * 16 * 1024);
    expect(chunks.map(({ kind }) => kind.length)).toEqual([1, 0, 1]);
  });

  it("numbers the outputs of a task consecutively", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const many = new Task("run", { outputs: [{}, {}, {}], inputs: [blob("x")] });
    const next = new Task("concat", { inputs: [many.out(2), many.out(0)] });
    await session.submit(next);
    expect(many.outputs.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(next.output.number).toBe(4);
  });

  it("has one kind for similar tasks, and one config for tasks that share it", async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    const part = blob("x");
    await session.submit(Array.from({ length: 1000 }, (_, i) => tasks.sleep(part, i % 2)));
    expect(chunks[0].kinds).toEqual([
      {
        type: "builtin/sleep",
        resources: { cpus: 1 },
        outputs: [{ dataType: "blob", contentType: "text" }],
        group: 0,
      },
    ]);
    expect(chunks[0].configs.bytes).toEqual(Buffer.from([0, 1]));
    expect(chunks[0].constants).toHaveLength(1);
  });

  it("is split into chunks of 100 000 tasks, each with the constants that it uses first", {
    timeout: 60_000,
  }, async () => {
    const { client, chunks, calls } = await startFakeServer();
    const session = await client.newSession();
    const [shared, late] = [blob("shared"), blob("late")];
    const all = Array.from({ length: 250_000 }, (_, i) =>
      tasks.concat(i < 240_000 ? [shared] : [shared, late]),
    );
    await session.submit(all);
    expect(calls.filter(({ method }) => method === "submit")).toHaveLength(1);
    for (const chunk of chunks) checkSubmission(chunk);
    expect(chunks.map(({ firstTask, firstObject, kind }) => [firstTask, firstObject, kind.length])).toEqual([
      [0, 0, 100_000],
      [100_000, 100_001, 100_000],
      [200_000, 200_001, 50_000],
    ]);
    expect([late.number, all[200_000].output.number]).toEqual([200_001, 200_002]);
  });

  it("follows chains of any length", { timeout: 60_000 }, async () => {
    const { client, chunks } = await startFakeServer();
    const session = await client.newSession();
    let last = tasks.concat([blob("x")]);
    for (let i = 1; i < 300_000; i++) last = tasks.concat([last]);
    await session.submit(last);
    expect(last.number).toBe(299_999);
    expect([...chunks[2].inputs.slice(-2)]).toEqual([299_998, 299_999]);
  });

  it("rejects a config that became something other than JSON after its construction, and removes all numbers", async () => {
    const { client } = await startFakeServer();
    const session = await client.newSession();
    const config: { at?: unknown } = {};
    const good = tasks.concat([]);
    const bad = tasks.task("images/resize", { inputs: [good], config, name: "thumbnail" });
    config.at = new Date();
    await expect(session.submit(bad)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("the config of task thumbnail"),
    });
    expect([good.session, bad.session]).toEqual([undefined, undefined]);
  });
});
