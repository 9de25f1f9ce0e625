import packageJson from "../../../package.json" with { type: "json" };

/** Version of Rain. It is shown but never compared. The bundler inlines it. */
export const VERSION: string = packageJson.version;

/** Version of the messages. Both sides of a connection must use the same. */
export const PROTOCOL = 6;
