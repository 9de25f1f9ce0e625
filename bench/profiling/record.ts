// Loaded into a process before its program: writes `PID.cpuprofile` into a folder when the process exits. Node 20 does not
// take --cpu-prof for the processes that a process starts.
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
    // Answered before `post` returns, since the session is of this thread.
    session.post("Profiler.stop", (error, answer) => {
      if (!error) writeFileSync(join(directory, `${process.pid}.cpuprofile`), JSON.stringify(answer.profile));
    });
  });
}
