import { describe, expect, test } from "vitest";
import { graphOf, toDot, toMermaid } from "../../../../src/runtime/session-file/index.ts";
import { load } from "./load.ts";

const plan = load(`
  rain: 1
  name: say "hi" \\o/
  objects: { data: x }
  tasks:
    parts: { run: split data, files: { data: data }, out: [x0, { path: x1, label: 'the "last" <one>' }] }
    train: { matrix: { fold: [0, 1] }, run: train, stdin: "parts[\${{ matrix.fold }}]", stdout: true, name: fit }
    all: { type: concat, inputs: ["train[*]", "train[*]"], group: end }
  save: { all.txt: all }
`);

describe("the graph of a session file", () => {
  test("has a node for every task and one edge for each output that goes along it", () => {
    expect(graphOf(plan, { expanded: true })).toEqual({
      name: 'say "hi" \\o/',
      nodes: [
        { id: "data", kind: "object", label: "data" },
        { id: "parts", kind: "task", label: "parts", type: "run" },
        { id: "train[fold=0]", kind: "task", label: "train[fold=0] (fit)", type: "run", group: "train" },
        { id: "train[fold=1]", kind: "task", label: "train[fold=1] (fit)", type: "run", group: "train" },
        { id: "all", kind: "task", label: "all", type: "concat", group: "end" },
        { id: "save:all.txt", kind: "save", label: "all.txt" },
      ],
      edges: [
        { from: "data", to: "parts" },
        { from: "parts", to: "train[fold=0]", label: "x0" },
        { from: "parts", to: "train[fold=1]", label: 'the "last" <one>' },
        { from: "train[fold=0]", to: "all" },
        { from: "train[fold=1]", to: "all" },
        { from: "all", to: "save:all.txt" },
      ],
    });
  });

  test("has one node for a task with a matrix when it is not expanded", () => {
    const { nodes, edges } = graphOf(plan, { expanded: false });
    expect(nodes.find(({ id }) => id === "train")).toMatchObject({ instances: 2 });
    expect(edges.filter(({ to }) => to === "all")).toEqual([{ from: "train", to: "all" }]);
  });

  test("is drawn by Mermaid", () => {
    expect(toMermaid(graphOf(plan, { expanded: false }))).toMatchInlineSnapshot(`
      "flowchart LR
        n0(["data"])
        n1["parts"]
        n2["train (fit) × 2"]
        n3["all"]
        n4[/"all.txt"/]
        n0 --> n1
        n1 -->|"x0"| n2
        n1 -->|"the #34;last#34; #60;one#62;"| n2
        n2 --> n3
        n3 --> n4"
    `);
  });

  test("is drawn by Graphviz", () => {
    expect(toDot(graphOf(plan, { expanded: true }))).toMatchInlineSnapshot(`
      "digraph "say \\"hi\\" \\\\o/" {
        rankdir=LR;
        "data" [label="data", shape=ellipse];
        "parts" [label="parts", shape=box];
        "train[fold=0]" [label="train[fold=0] (fit)", shape=box];
        "train[fold=1]" [label="train[fold=1] (fit)", shape=box];
        "all" [label="all", shape=box];
        "save:all.txt" [label="all.txt", shape=note];
        "data" -> "parts";
        "parts" -> "train[fold=0]" [label="x0"];
        "parts" -> "train[fold=1]" [label="the \\"last\\" <one>"];
        "train[fold=0]" -> "all";
        "train[fold=1]" -> "all";
        "all" -> "save:all.txt";
      }"
    `);
  });
});
