import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'

/** As the repository of Amazon Trust Services lists them: what the endpoints of AWS are certified under. */
const NAMES: ReadonlySet<string> = new Set([
  ...[1, 2, 3, 4].map((number) => `O=Amazon\nCN=Amazon Root CA ${number}`),
  'O=Starfield Technologies\\, Inc.\nCN=Starfield Services Root Certificate Authority - G2',
])

/**
 * Amazon's roots, PEM, of those the measured Node binary brings along. None of the host's choice (`NODE_EXTRA_CA_CERTS`, files of
 * the system) is among them, and no other authority of the world can certify a KMS to this enclave.
 */
export function amazonRoots(): readonly string[] {
  return rootCertificates.filter((pem) => {
    const { subject } = new X509Certificate(pem)
    return NAMES.has(subject.slice(subject.indexOf('O=')))
  })
}
