/** Whether only processes of this machine reach what listens on this host: a name, an IPv4 address, or an IPv6 one without brackets. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
