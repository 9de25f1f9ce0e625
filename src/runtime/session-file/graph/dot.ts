import type { Graph, GraphNode } from "./graph.ts";

const SHAPES = { object: "ellipse", task: "box", save: "note" } as const;

/** In the language of Graphviz: `rain validate FILE --graph dot | dot -Tsvg`. */
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

/** Of the backslashes of Graphviz only `\n` and the like mean something; a doubled one stands for itself. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(/\r?\n/g, "\\n")}"`;
}
