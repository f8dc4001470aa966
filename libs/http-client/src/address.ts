import { BlockList, isIP } from 'node:net';

/**
 * Which resolved addresses a server may be asked to call (SSRF). Everything of the IANA special-purpose registries is
 * refused: loopback, private, link-local (cloud metadata lives at 169.254.169.254), carrier NAT, documentation,
 * benchmarking, multicast. Of IPv6 only global unicast is left, without the ranges that carry an IPv4 address inside.
 */
const REFUSED: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const refused = new BlockList();
for (const [network, prefix] of REFUSED) refused.addSubnet(network, prefix, network.includes(':') ? 'ipv6' : 'ipv4');

const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

const mappedIpv4 = new BlockList();
mappedIpv4.addSubnet('::ffff:0:0', 96, 'ipv6');

/** May a connection go to this resolved address when private targets are not allowed? False for anything unreadable. */
export function isPublicAddress(address: string): boolean {
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  if (version === 4) return !refused.check(bare, 'ipv4');
  if (version !== 6) return false;
  // BlockList compares an IPv4-mapped address with the IPv4 rules, so only the range test has to know about it.
  return (globalUnicast.check(bare, 'ipv6') || mappedIpv4.check(bare, 'ipv6')) && !refused.check(bare, 'ipv6');
}
