/** What a process needs, besides their addresses, to be let in by the server and the workers of a cluster. */
export interface Credentials {
  /** Absent: the cluster is said to ask for none. */
  token?: string;
  /** Present: the cluster speaks TLS. */
  tls?: Trust;
}

/** Whose certificates are taken for genuine. */
export interface Trust {
  /** PEM: authorities, or the certificates themselves. Default: the authorities that the runtime knows. */
  ca?: string;
}

/** The headers of each request and each upgrade. */
export function credentialHeaders({ token }: Credentials): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** What is said of trust to whatever opens a connection. */
export function trustOptions({ tls }: Credentials): Trust {
  return tls?.ca === undefined ? {} : { ca: tls.ca };
}

/** `http://HOST:PORT` or `https://HOST:PORT` of a server. */
export function serverUrl(address: string, { tls }: Credentials): string {
  return `${tls ? "https" : "http"}://${address}`;
}
