/**
 * Whether a server on this host is reachable from this machine only. The host is a name, an IPv4 address, or an
 * IPv6 address without brackets.
 */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
