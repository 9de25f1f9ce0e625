import type { Graph, GraphNode } from "./graph.ts";

const BRACKETS = { object: ["([", "])"], task: ["[", "]"], save: ["[/", "/]"] } as const;

/** Writes a graph in the language of Mermaid, which Markdown documents can contain. */
export function toMermaid({ nodes, edges }: Graph): string {
  // Names of tasks could be keywords of Mermaid.
  const ids = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  return [
    "flowchart LR",
    ...nodes.map((node) => {
      const [open, close] = BRACKETS[node.kind];
      return `  ${ids.get(node.id)}${open}${quoted(labelOf(node))}${close}`;
    }),
    ...edges.map(({ from, to, label }) => {
      const arrow = label === undefined ? "-->" : `-->|${quoted(label)}|`;
      return `  ${ids.get(from)} ${arrow} ${ids.get(to)}`;
    }),
  ].join("\n");
}

function labelOf({ label, instances }: GraphNode): string {
  return instances === undefined ? label : `${label} × ${instances}`;
}

/** Mermaid uses entities, written with a number sign, instead of escapes. */
function quoted(text: string): string {
  const safe = text.replaceAll(/[#"<>&`\\]/g, (character) => `#${character.charCodeAt(0)};`);
  return `"${safe.replaceAll(/\r?\n/g, "<br>")}"`;
}
