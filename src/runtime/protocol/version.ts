import packageJson from "../../../package.json" with { type: "json" };

/** Version of Rain: shown to people, never compared. The bundler inlines it. */
export const VERSION: string = packageJson.version;

/** Version of the messages. Both sides of a connection must speak the same. */
export const PROTOCOL = 2;
