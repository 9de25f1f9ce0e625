/** What a process needs, besides their addresses, to be let in by the server and the workers of a cluster. */
export interface Credentials {
  /** Absent: the cluster is said to ask for none. */
  token?: string;
}

/** The headers of each request and each upgrade. */
export function credentialHeaders({ token }: Credentials): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
