/** Names a task: its name, else its key in the session file, else its number and type. */
export function taskTitle(task: { task?: number; name?: string; key?: string; type?: string }): string {
  return task.name ?? task.key ?? `#${task.task} ${task.type ?? ""}`.trimEnd();
}
