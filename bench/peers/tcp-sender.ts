import { send } from "./tcp.ts";

await send(Number(process.argv[2]), Number(process.argv[3]));
