/** Under which name a caller is counted. */
import { isIPv6 } from 'node:net'

/**
 * An IPv4 address as it is; of an IPv6 address the first 64 bits, since whoever has one address has all 2^64 of its
 * network and would otherwise never meet a limit. An IPv4 address mapped into IPv6 is the IPv4 address.
 */
export function countedAddress(address: string): string {
  if (!isIPv6(address)) return address
  const plain = address.split('%')[0] ?? address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail] = plain.split('::')
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const all = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** A dotted quad at the end stands for two groups; which two does not matter past the first 64 bits. */
function groups(text: string): readonly string[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]))
}
