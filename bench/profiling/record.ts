// Node loads this module before the program. It writes `PID.cpuprofile` to a folder when the process exits. Node 20 does not
// support --cpu-prof for the child processes of a process.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";

const directory = process.env.BENCH_PROFILES;
if (directory) {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.start");
  process.once("exit", () => {
    // The callback runs before `post` returns, because the session is connected to its own thread.
    session.post("Profiler.stop", (error, answer) => {
      if (!error) writeFileSync(join(directory, `${process.pid}.cpuprofile`), JSON.stringify(answer.profile));
    });
  });
}
