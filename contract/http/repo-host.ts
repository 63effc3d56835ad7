/** Which hosts a repository may not be fetched from unless an operator lists them. No zod, no I/O. */
import { BlockList, isIP } from 'node:net';

const PRIVATE_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];
const PRIVATE_SUFFIXES = ['.localhost', '.local', '.localdomain', '.internal', '.intranet', '.lan', '.home.arpa'];

/** NAT64: the last 32 bits are the IPv4 address that is reached. */
const NAT64 = '64:ff9b::';

/** Addresses that are not on the public internet. Each IPv4 range also matches its IPv4-mapped IPv6 addresses. */
const PRIVATE = new BlockList();
for (const [net, bits] of PRIVATE_V4) {
  PRIVATE.addSubnet(net, bits, 'ipv4');
  PRIVATE.addSubnet(NAT64 + net, 96 + bits, 'ipv6');
}
// Teredo and 6to4: obsolete tunnels to an IPv4 address that the IPv6 address holds.
PRIVATE.addSubnet('2001::', 32, 'ipv6');
PRIVATE.addSubnet('2002::', 16, 'ipv6');

/**
 * IPv6 that may be public: global unicast, IPv4-mapped and NAT64. Unique local, link-local and multicast lie outside.
 */
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet('2000::', 3, 'ipv6');
GLOBAL_V6.addSubnet('::ffff:0:0', 96, 'ipv6');
GLOBAL_V6.addSubnet(NAT64, 96, 'ipv6');

/**
 * True for loopback, private, link-local, multicast and cloud metadata addresses, and for names that only a private
 * network resolves (a single label, `.internal`, `.local` …). `host` is as the WHATWG URL parser writes it, so that
 * `0x7f000001` and `[::ffff:127.0.0.1]` arrive in one spelling; brackets of an IPv6 address may be missing.
 */
export function isPrivateHost(host: string): boolean {
  if (isIP(host) === 4) return PRIVATE.check(host, 'ipv4');
  if (host.includes(':')) return isPrivateV6(host.replace(/^\[|\]$|%.*/g, ''));
  return !host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

const isPrivateV6 = (address: string): boolean =>
  isIP(address) !== 6 || PRIVATE.check(address, 'ipv6') || !GLOBAL_V6.check(address, 'ipv6');
