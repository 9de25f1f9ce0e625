import { send } from "./tcp.ts";

const [port, what = ""] = process.argv.slice(2);
await send(Number(port), /^\d+$/.test(what) ? Number(what) : what);
