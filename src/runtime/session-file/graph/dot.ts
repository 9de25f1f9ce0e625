import type { Graph, GraphNode } from "./graph.ts";

const SHAPES = { object: "ellipse", task: "box", save: "note" } as const;

/** Writes a graph in the language of Graphviz: `rain validate FILE --graph dot | dot -Tsvg`. */
export function toDot({ name, nodes, edges }: Graph): string {
  return [
    `digraph ${quoted(name)} {`,
    "  rankdir=LR;",
    ...nodes.map(
      (node) => `  ${quoted(node.id)} [label=${quoted(labelOf(node))}, shape=${SHAPES[node.kind]}];`,
    ),
    ...edges.map(({ from, to, label }) => {
      const attributes = label === undefined ? "" : ` [label=${quoted(label)}]`;
      return `  ${quoted(from)} -> ${quoted(to)}${attributes};`;
    }),
    "}",
  ].join("\n");
}

function labelOf({ label, instances }: GraphNode): string {
  return instances === undefined ? label : `${label} × ${instances}`;
}

/** Graphviz gives only `\n` and the like a meaning; a doubled backslash is a backslash. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(/\r?\n/g, "\\n")}"`;
}
