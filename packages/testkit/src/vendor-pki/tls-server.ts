/** What a TLS server of a certification authority that does not exist needs to serve, and a client to believe it. PEM. */
import { der } from './der-writer.ts'
import { vendorKey } from './keys.ts'
import { makeCertificate } from './x509-maker.ts'

export interface MadeTlsServer {
  readonly key: string
  readonly cert: string
  /** The authority's own certificate */
  readonly root: string
}

/** Long ago and far ahead: TLS looks at the clock of the machine, which no test drives. Seconds since 1970. */
const ALWAYS = { notBefore: Date.UTC(2020, 0) / 1000, notAfter: Date.UTC(2049, 0) / 1000 }

/**
 * @param host the one name in the certificate
 * @param authority name of the authority: another name is another authority
 */
export function tlsServer(host: string, authority = 'TEST authority of TLS servers'): MadeTlsServer {
  const root = makeCertificate({ subject: authority, key: vendorKey('p256', authority), ca: {}, ...ALWAYS })
  const key = vendorKey('p256', `${authority}: ${host}`)
  const names = { oid: '2.5.29.17', value: der.sequence(der.implicit(2, Buffer.from(host, 'latin1'))) }
  const server = makeCertificate({ subject: host, key, issuer: root, extensions: [names], ...ALWAYS })
  return {
    key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }),
    cert: pem(server.der),
    root: pem(root.der),
  }
}

function pem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
