import { setTimeout as delay } from "node:timers/promises";
import { Args, Flags } from "@oclif/core";
import type { Client } from "../runtime/client/index.ts";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionRef } from "./support/session-arg.ts";

const WATCH_MS = 1000;
/** Height of the text if stdout is no terminal. */
const USUAL_ROWS = 40;

export default class Status extends RainCommand {
  static override summary = "Show the cluster and its sessions, or one session.";
  static override args = {
    session: Args.string({ description: "Id or name of the session. Default: the whole cluster." }),
  };
  static override flags = {
    ...serverFlags,
    all: Flags.boolean({ char: "a", summary: "Show all sessions, not just the newest." }),
    watch: Flags.boolean({ char: "w", summary: "Refresh every second until Ctrl-C." }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status);
    const { documentLine } = await import("./ui/document.ts");
    const client = await this.connect(flags);
    const look = await createLook(client, args.session, flags.all);
    if (!flags.watch) {
      const { value, text } = await look();
      this.answer(flags.json, value, () => text);
      return;
    }
    while (!this.signal.aborted) {
      const { value, text } = await look();
      if (flags.json) console.log(documentLine(value));
      else if (process.stdout.isTTY) console.log(`\x1b[H\x1b[2J${text}`);
      else console.log(`${text}\n`);
      await delay(WATCH_MS, undefined, { signal: this.signal }).catch(() => {});
    }
    process.exitCode = 130;
  }
}

async function createLook(client: Client, session: string | undefined, all: boolean) {
  const { visible } = await import("./ui/terminal/visible.ts");
  const { renderCluster, renderSession } = await import("./ui/sessions/status-view.ts");
  if (session === undefined) {
    return async () => {
      const value = await client.status();
      return {
        value,
        text: renderCluster(visible(value), all ? undefined : (process.stdout.rows ?? USUAL_ROWS)),
      };
    };
  }
  const found = await client.session(sessionRef(session));
  return async () => {
    const value = await found.status();
    return { value, text: renderSession(visible(value)) };
  };
}
