import { join, resolve } from "node:path";
import { rainHome } from "../../platform/files/rain-home.ts";
import { identify } from "../../platform/processes/identity.ts";
import {
  type ClusterRecord,
  clusterStamp,
  forgetCluster,
  makeDirectory,
  processesOf,
  stateDirectory,
} from "../cluster-record.ts";
import { killTrees, terminateGroups, waitUntilGone } from "../processes/process-table.ts";
import type { StartOptions } from "./options.ts";

const GIVE_UP_SECONDS = 2;

/** Makes the directories of a cluster that has no processes yet. @throws IO */
export async function newCluster(options: StartOptions): Promise<ClusterRecord> {
  const { listen, logDirectory, workDirectory } = options;
  const stamp = clusterStamp();
  const directory = resolve(rainHome(), "clusters", stamp);
  const record: ClusterRecord = {
    listenHost: listen.host,
    startedAt: new Date().toISOString(),
    starter: identify(process.pid),
    workers: [],
    stateDirectory: stateDirectory(),
    directory,
    logDirectory: logDirectory === undefined ? join(directory, "logs") : resolve(logDirectory),
    // The end of the cluster removes this directory, so it belongs to this cluster alone.
    workDirectory:
      workDirectory === undefined ? join(directory, "work") : resolve(workDirectory, `rain-${stamp}`),
  };
  const { stateDirectory: state, logDirectory: logs, workDirectory: work } = record;
  for (const path of [directory, state, logs, work]) await makeDirectory(path);
  return record;
}

/** Ends the processes of a start that has failed, and removes its files except the logs. */
export async function abandonCluster(record: ClusterRecord): Promise<void> {
  record.starter = undefined;
  const processes = processesOf(record);
  terminateGroups(processes);
  killTrees(await waitUntilGone(processes, GIVE_UP_SECONDS));
  await forgetCluster(record);
}
