/** Which hosts a repository may not be fetched from unless an operator lists them. No zod, no I/O. */

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

/**
 * True for loopback, private, link-local, multicast and cloud metadata addresses, and for names that only a private
 * network resolves (a single label, `.internal`, `.local` …). `host` is as the WHATWG URL parser writes it, so that
 * `0x7f000001` and `[::ffff:127.0.0.1]` arrive in one spelling; brackets of an IPv6 address may be missing.
 */
export function isPrivateHost(host: string): boolean {
  const v4 = parseV4(host);
  if (v4 !== undefined) return isPrivateV4(v4);
  if (host.includes(':')) return isPrivateV6(host.replace(/^\[|\]$/g, ''));
  return !host.includes('.') || PRIVATE_SUFFIXES.some((suffix) => host.endsWith(suffix));
}

function parseV4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPrivateV4(address: number): boolean {
  return PRIVATE_V4.some(([net, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor((parseV4(net) ?? 0) / size);
  });
}

function isPrivateV6(text: string): boolean {
  const words = parseV6(text);
  if (words === undefined) return true;
  const [first = 0, second = 0] = words;
  const v4At = (index: number): number => (words[index] ?? 0) * 65_536 + (words[index + 1] ?? 0);
  if (first === 0x2002) return isPrivateV4(v4At(1)); // 6to4
  if (first === 0x64 && second === 0xff9b) return isPrivateV4(v4At(6)); // NAT64
  // ::1, IPv4-mapped and IPv4-compatible addresses are judged by the IPv4 address they carry; ::1 is in 0.0.0.0/8.
  if (words.slice(0, 5).every((word) => word === 0)) return isPrivateV4(v4At(6));
  // Only 2000::/3 is global unicast; unique local, link-local and multicast lie outside.
  return first >> 13 !== 1;
}

function parseV6(text: string): number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = dotted?.[2] === undefined ? undefined : parseV4(dotted[2]);
  const plain = v4 === undefined ? text : `${dotted?.[1]}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => parseInt(word, 16)));
  const left = words(head);
  const right = words(tail ?? '');
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...new Array<number>(Math.max(gap, 0)).fill(0), ...right];
  return all.length === 8 && all.every((word) => word >= 0 && word <= 0xffff) ? all : undefined;
}
