import type { Entry } from "../entry.ts";
import { client } from "./client.ts";
import { cbor1, executor } from "./executors.ts";
import { data, http } from "./http.ts";
import { journal } from "./journal.ts";
import { peer } from "./peer.ts";
import { sessionFile } from "./session-file.ts";
import { tar } from "./tar.ts";
import { worker } from "./worker.ts";

export const ENTRIES: readonly Entry[] = [
  client,
  worker,
  http,
  data,
  peer,
  executor,
  cbor1,
  sessionFile,
  tar,
  journal,
];
