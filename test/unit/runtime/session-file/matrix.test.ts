import { describe, expect, test } from "vitest";
import type { DataObject, Task } from "../../../../src/runtime/client/graph/values.ts";
import { combinationsOf } from "../../../../src/runtime/session-file/expansion/combinations.ts";
import type { Matrix } from "../../../../src/runtime/session-file/schema/matrix.ts";
import { load } from "./load.ts";

const keysOf = (tasks: readonly Task[]) => tasks.map(({ options }) => options.key);
const producers = ({ inputs }: Task) => inputs.map(nameOf);
const nameOf = ({ producer, label, key }: DataObject) =>
  producer ? `${producer.options.key}${label && `.${label}`}` : key;

describe("the combinations of a matrix", () => {
  test.each<[string, object, object[]]>([
    ["one list", { a: [1, 2] }, [{ a: 1 }, { a: 2 }]],
    [
      "the product of lists, the last key changing fastest",
      { a: [1, 2], b: ["x", "y"] },
      [
        { a: 1, b: "x" },
        { a: 1, b: "y" },
        { a: 2, b: "x" },
        { a: 2, b: "y" },
      ],
    ],
    [
      "without what is excluded",
      { a: [1, 2], b: [1, 2], exclude: [{ a: 1 }] },
      [
        { a: 2, b: 1 },
        { a: 2, b: 2 },
      ],
    ],
    [
      "extended by what is included",
      { a: [1, 2], include: [{ a: 2, c: "x" }] },
      [{ a: 1 }, { a: 2, c: "x" }],
    ],
    [
      "all extended by a key of its own",
      { a: [1, 2], include: [{ c: 0 }] },
      [
        { a: 1, c: 0 },
        { a: 2, c: 0 },
      ],
    ],
    ["and what stands for itself", { a: [1], include: [{ a: 3, c: "x" }] }, [{ a: 1 }, { a: 3, c: "x" }]],
    ["included ones alone", { include: [{ a: 1 }, { b: 2 }] }, [{ a: 1 }, { b: 2 }]],
    [
      "what is excluded may be included again",
      { a: [1, 2], exclude: [{ a: 1 }], include: [{ a: 1, b: 1 }] },
      [{ a: 2 }, { a: 1, b: 1 }],
    ],
  ])("%s", (_, matrix, combinations) => {
    expect(combinationsOf(matrix as Matrix)).toEqual(combinations);
  });
});

describe("a task with a matrix", () => {
  const plan = load(`
    rain: 1
    params: { folds: { type: integer, default: 2 } }
    objects: { data: x }
    tasks:
      chunks: { run: split data, files: { data: data }, out: "\${{ range(params.folds).map(i, 'x' + string(i)) }}" }
      train:
        matrix: { fold: "\${{ range(params.folds) }}", cost: [1, 0.5] }
        run: train -c \${{ matrix.cost }} data
        files: { data: "chunks[\${{ matrix.fold }}]" }
        out: [model, log]
        name: "\${{ matrix.cost > 0.7 ? 'big' : 'small' }}"
      predict:
        matrix: { fold: "\${{ range(params.folds) }}", cost: [1, 0.5] }
        run: predict
        files:
          data: chunks.x\${{ matrix.fold }}
          model: train[cost=\${{ matrix.cost }},fold=\${{ matrix.fold }}].model
        stdout: true
        group: all
      all: { type: concat, inputs: ["predict[*]"] }
      some: { type: concat, inputs: [data, "train[fold=1].log", "train[fold=0,cost=1][0]"] }
    save: { model: "train[fold=1,cost=0.5].model" }
  `);
  const task = (key: string) => plan.tasks.find(({ options }) => options.key === key)!;

  test("has an instance for each combination", () => {
    expect(keysOf(plan.tasks).slice(1, 5)).toEqual([
      "train[fold=0,cost=1]",
      "train[fold=0,cost=0.5]",
      "train[fold=1,cost=1]",
      "train[fold=1,cost=0.5]",
    ]);
    expect(task("train[fold=1,cost=0.5]").config).toMatchObject({ args: ["train", "-c", "0.5", "data"] });
    expect(plan.counts).toMatchObject({ tasks: 11 });
  });

  test("is a group of its own unless it says another", () => {
    expect(task("train[fold=0,cost=1]").options).toMatchObject({ group: "train", name: "big" });
    expect(task("predict[fold=0,cost=1]").options).toMatchObject({ group: "all" });
  });

  test("takes outputs by its values, and joins the instances of another", () => {
    expect(producers(task("predict[fold=1,cost=0.5]"))).toEqual([
      "chunks.x1",
      "train[fold=1,cost=0.5].model",
    ]);
  });

  test("gives all of its instances, some of them, or one", () => {
    expect(producers(task("all"))).toEqual([
      "predict[fold=0,cost=1].stdout",
      "predict[fold=0,cost=0.5].stdout",
      "predict[fold=1,cost=1].stdout",
      "predict[fold=1,cost=0.5].stdout",
    ]);
    expect(producers(task("some"))).toEqual([
      "data",
      "train[fold=1,cost=1].log",
      "train[fold=1,cost=0.5].log",
      "train[fold=0,cost=1].model",
    ]);
    expect(plan.kept).toMatchObject([{ ref: "train[fold=1,cost=0.5].model" }]);
  });

  test("may need other instances of itself, as long as none needs itself", () => {
    const chain = load(`
      rain: 1
      tasks:
        first: { run: date, stdout: true }
        step: { matrix: { i: [0, 1, 2] }, run: next, stdin: "\${{ matrix.i == 0 ? 'first' : 'step[i=' + string(matrix.i - 1) + ']' }}", stdout: true }
    `);
    expect(chain.tasks.slice(1).map(producers)).toEqual([
      ["first.stdout"],
      ["step[i=0].stdout"],
      ["step[i=1].stdout"],
    ]);
  });

  test("of ten thousand instances that join ten thousand others is read in a moment", () => {
    const started = performance.now();
    const { tasks } = load(`
      rain: 1
      tasks:
        train: { matrix: { a: "\${{ range(100) }}", b: "\${{ range(100) }}" }, run: "x \${{ matrix.a }}", out: [model] }
        use: { matrix: { a: "\${{ range(100) }}", b: "\${{ range(100) }}" }, run: x, stdin: "train[a=\${{ matrix.a }},b=\${{ matrix.b }}].model" }
    `);
    expect(tasks.length).toBe(20_000);
    // Ten times what it takes: only a quadratic algorithm is slower.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("common keys", () => {
  test("memory and time have units, the others are carried as they are", () => {
    const [task] = load(`
      rain: 1
      tasks:
        t:
          run: date
          resources: { cpus: 2, memory: 1.5 GiB, named: { gpu: 1 } }
          where: { workers: [1, 2], labels: { disk: ssd } }
          priority: -1
          retries: 2
          timeout: 1h30m
    `).tasks;
    expect(task.options).toMatchObject({
      resources: { cpus: 2, memory: 1.5 * 2 ** 30, named: { gpu: 1 } },
      where: { workers: [1, 2], labels: { disk: "ssd" } },
      priority: -1,
      retries: 2,
      timeout: 5400,
    });
  });

  test("defaults hold where a task does not say otherwise, maps key by key", () => {
    const [a, b, c] = load(`
      rain: 1
      onFailure: continue
      params: { cpus: { type: integer, default: 4 } }
      defaults:
        retries: 1
        group: work
        env: { LC_ALL: C, TZ: UTC }
        resources: { cpus: "\${{ params.cpus }}", memory: 1GiB }
      tasks:
        a: { run: date }
        b: { run: date, retries: 0, env: { TZ: CET }, resources: { cpus: 1 } }
        c: { type: concat, matrix: { i: [0] } }
    `).tasks;
    expect(a.options).toMatchObject({ retries: 1, group: "work", resources: { cpus: 4, memory: 2 ** 30 } });
    expect(a.config).toMatchObject({ env: { LC_ALL: "C", TZ: "UTC" } });
    expect(b.options).toMatchObject({ retries: 0, resources: { cpus: 1, memory: 2 ** 30 } });
    expect(b.config).toMatchObject({ env: { LC_ALL: "C", TZ: "CET" } });
    expect(c.options).toMatchObject({ retries: 1, group: "work" });
  });

  test("onFailure is of the whole session", () => {
    expect(load("rain: 1\ntasks: {}").onFailure).toBe("stop");
    expect(load("rain: 1\nonFailure: continue\ntasks: {}").onFailure).toBe("continue");
  });

  test("merge keys reuse a task, what stands in the map wins", () => {
    const [a, b, c] = load(`
      rain: 1
      tasks:
        a: &a { run: date, stdout: true, env: { TZ: UTC } }
        b: { retries: 1, <<: *a, run: cal }
        c: { <<: [{ priority: 1, group: x }, *a, { group: y }] }
    `).tasks;
    expect(b.config).toMatchObject({ args: ["cal"], env: { TZ: "UTC" } });
    expect(b.options.retries).toBe(1);
    expect(a.config).toMatchObject({ args: ["date"] });
    expect(c.options).toMatchObject({ priority: 1, group: "x" });
  });
});

describe("included files", () => {
  test("bring their parameters, objects and tasks, with paths of their own", () => {
    const plan = load(`
      rain: 1
      include: [parts/prepare.yml, ./parts/prepare.yml]
      tasks:
        count: { run: wc, stdin: chunks.x0, stdout: true }
    `);
    expect(keysOf(plan.tasks)).toEqual(["count", "chunks"]);
    expect(plan.objects.get("data")!.source).toMatchObject({
      path: expect.stringMatching(/session-files\/data\.txt$/),
    });
    expect(plan.tasks[1].config).toMatchObject({ args: ["split", "-n", "l/3", "data"] });
  });
});
