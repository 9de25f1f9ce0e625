import { dirname } from "node:path";
import type { DataObject, Task } from "../../client/graph/values.ts";
import type { SessionPlan } from "../load.ts";

export interface GraphNode {
  id: string;
  kind: "object" | "task" | "save";
  /** The text in a drawing. */
  label: string;
  /** Type of a task. */
  type?: string;
  group?: string;
  /** Number of instances, if a task with a matrix is drawn as one node. */
  instances?: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  /** The label of the output, if its task has several outputs. */
  label?: string;
}

export interface Graph {
  name: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/**
 * The graph of a session file: objects, tasks, and saved paths.
 * @param expanded whether each instance of a task has a node
 */
export function graphOf(plan: SessionPlan, { expanded }: { expanded: boolean }): Graph {
  const nodes: GraphNode[] = [];
  const ids = new Map<Task | DataObject, string>();
  for (const [key, object] of plan.objects) {
    ids.set(object, key);
    nodes.push({ id: key, kind: "object", label: key });
  }
  for (const { key, tasks } of plan.blocks) {
    if (expanded) {
      for (const task of tasks) {
        const id = task.options.key!;
        ids.set(task, id);
        nodes.push(taskNode(id, task));
      }
    } else {
      for (const task of tasks) ids.set(task, key);
      const [first] = tasks;
      if (!first) continue;
      const hasMatrix = first.options.key !== key;
      nodes.push({ ...taskNode(key, first), ...(hasMatrix && { instances: tasks.length }) });
    }
  }
  const edges = new Map<string, GraphEdge>();
  const connect = (object: DataObject, to: string) => {
    const { producer, label } = object;
    const from = ids.get(producer ?? object)!;
    const output =
      producer && producer.outputs.length > 1 ? label || String(producer.outputs.indexOf(object)) : "";
    edges.set(JSON.stringify([from, to, output]), { from, to, ...(output && { label: output }) });
  };
  for (const task of plan.tasks) {
    const to = ids.get(task)!;
    for (const input of task.inputs) connect(input, to);
    for (const needed of task.needs) {
      const from = ids.get(needed)!;
      edges.set(JSON.stringify([from, to]), { from, to, label: "before" });
    }
  }
  const directories = new Set(plan.savedDirectories);
  for (const path of directories) nodes.push({ id: `save:${path}`, kind: "save", label: `${path}/` });
  for (const { path, object } of plan.save) {
    const directory = dirname(path);
    const id = `save:${directories.has(directory) ? directory : path}`;
    if (!directories.has(directory)) nodes.push({ id, kind: "save", label: path });
    connect(object, id);
  }
  return { name: plan.name, nodes, edges: [...edges.values()] };
}

function taskNode(id: string, { type, options: { name, group } }: Task): GraphNode {
  return {
    id,
    kind: "task",
    label: name === undefined || name === id ? id : `${id} (${name})`,
    type: type.replace(/^builtin\//, ""),
    ...(group === undefined ? {} : { group }),
  };
}
