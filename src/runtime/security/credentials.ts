/** Credentials that the server and the workers of a cluster require from a process. */
export interface Credentials {
  /** Absent if the cluster requires none. */
  token?: string | undefined;
  /** Present if the cluster speaks TLS. */
  tls?: Trust | undefined;
}

/** The certificates that are trusted. */
export interface Trust {
  /** PEM: authorities, or the certificates themselves. Default: the authorities that the runtime knows. */
  ca?: string;
}

/** The headers of each request and each upgrade. */
export function credentialHeaders({ token }: Credentials): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** The TLS options for opening a connection. */
export function trustOptions({ tls }: Credentials): Trust {
  return tls?.ca === undefined ? {} : { ca: tls.ca };
}

/** `http://HOST:PORT` or `https://HOST:PORT` of a server. */
export function serverUrl(address: string, { tls }: Credentials): string {
  return `${tls ? "https" : "http"}://${address}`;
}
