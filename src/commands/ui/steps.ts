import { stderrStyle } from "./style.ts";

/** Work in a few parts that go on side by side, shown on stderr while it lasts. */
export interface Steps {
  /** A new text for a part that goes on. */
  update(index: number, title: string): void;
  done(index: number, title?: string): void;
  /** Ends the show. Parts that are not done are marked as given up. */
  end(): Promise<void>;
}

/** Spinners on a terminal, a line per finished part elsewhere. */
export function createSteps(titles: readonly string[]): Promise<Steps> | Steps {
  return canAnimate() ? animatedSteps(titles) : plainSteps(titles);
}

export function canAnimate(): boolean {
  const { CI, NO_COLOR, TERM } = process.env;
  const wide = (process.stdout.columns ?? 0) >= 40;
  return wide && Boolean(process.stdout.isTTY && process.stderr.isTTY) && !CI && !NO_COLOR && TERM !== "dumb";
}

function plainSteps(titles: readonly string[]): Steps {
  const current = [...titles];
  return {
    update(index, title) {
      current[index] = title;
    },
    done(index, title = current[index]) {
      console.error(`${stderrStyle.green("✔")} ${title}`);
    },
    async end() {},
  };
}

async function animatedSteps(titles: readonly string[]): Promise<Steps> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const parts = titles.map(() => part());
  const listr = new Listr(
    titles.map((title, index) => ({
      title,
      task: (_context, task) => {
        parts[index].retitle = (text) => {
          task.title = text;
        };
        return parts[index].finished;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // Ctrl-C is the command's business: it has something to clean up.
      registerSignalListeners: false,
      rendererOptions: {
        showErrorMessage: false,
        collapseErrors: false,
        // Standard output belongs to the result.
        logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
      },
    },
  );
  const shown = listr.run();
  return {
    update: (index, title) => parts[index].retitle(title),
    done(index, title) {
      if (title !== undefined) parts[index].retitle(title);
      parts[index].finish();
    },
    async end() {
      for (const { giveUp } of parts) giveUp(new Error("given up"));
      await shown;
    },
  };
}

interface Part {
  finished: Promise<void>;
  finish(): void;
  giveUp(reason: Error): void;
  retitle(text: string): void;
}

function part(): Part {
  let finish: Part["finish"] = () => {};
  let giveUp: Part["giveUp"] = () => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = resolve;
    giveUp = reject;
  });
  return { finished, finish, giveUp, retitle() {} };
}
