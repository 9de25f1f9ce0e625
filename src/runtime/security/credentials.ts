/* Tokens and certificates: what processes send, check and report about them. */

/** Credentials that the server and the workers of a cluster require from a process. */
export interface Credentials {
  /** Absent if the cluster requires none. */
  token?: string | undefined;
  /** Present if the cluster uses TLS. */
  tls?: Trust | undefined;
}

/** Trusted certificates. */
export interface Trust {
  /** PEM: authorities, or the certificates themselves. Default: the authorities that the runtime knows. */
  ca?: string;
}

/** Headers for each request and each WebSocket upgrade. */
export function credentialHeaders({ token }: Credentials): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** TLS options for opening a connection. */
export function trustOptions({ tls }: Credentials): Trust {
  return tls?.ca === undefined ? {} : { ca: tls.ca };
}

/** `http://HOST:PORT` or `https://HOST:PORT` of a server. */
export function serverUrl(address: string, { tls }: Credentials): string {
  return `${tls ? "https" : "http"}://${address}`;
}
