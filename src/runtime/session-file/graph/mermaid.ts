import type { Graph, GraphNode } from "./graph.ts";

const BRACKETS = { object: ["([", "])"], task: ["[", "]"], save: ["[/", "/]"] } as const;

/** In the language of Mermaid, which documents in Markdown can hold. */
export function toMermaid({ nodes, edges }: Graph): string {
  // Names could be words of the language.
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

/** Mermaid has entities, written with a number sign, in place of escapes. */
function quoted(text: string): string {
  const safe = text.replaceAll(/[#"<>&`\\]/g, (character) => `#${character.charCodeAt(0)};`);
  return `"${safe.replaceAll(/\r?\n/g, "<br>")}"`;
}
