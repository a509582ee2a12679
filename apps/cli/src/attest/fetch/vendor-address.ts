/**
 * Which addresses are the vendors'. Evidence that nobody has verified names some of them itself (a Nitro certificate says where its
 * revocation list is), so whoever made it would otherwise choose whom the machine that fetches connects to.
 */

const INTEL = ['api.trustedservices.intel.com', 'certificates.trustedservices.intel.com']
const AMD = ['kdsintf.amd.com']

/** AWS's buckets of revocation lists ("Verifying the root of trust", aws-nitro-enclaves-nsm-api), which only plain HTTP serves. */
const AWS_ROOT = 'aws-nitro-enclaves-crl.s3.amazonaws.com'
const AWS_REGION = /^crl-([a-z]{2}(?:-[a-z]+){1,3}-\d)-aws-nitro-enclaves\.s3\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/
const AWS_PATH = /^\/crl\/[\w-]{1,64}\.crl$/

/** Whether a vendor publishes there: its host names, the default ports, no credentials, and TLS where the vendor has it. */
export function isVendorAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.port !== '' || url.username !== '' || url.password !== '' || url.hash !== '') return false
  const { protocol, hostname, pathname, search } = url
  if (protocol === 'https:' && [...INTEL, ...AMD].includes(hostname)) return true
  const isWeb = protocol === 'http:' || protocol === 'https:'
  return isWeb && isBucket(hostname) && AWS_PATH.test(pathname) && search === ''
}

function isBucket(hostname: string): boolean {
  const [, region, place] = AWS_REGION.exec(hostname) ?? []
  return hostname === AWS_ROOT || (region !== undefined && region === place)
}
