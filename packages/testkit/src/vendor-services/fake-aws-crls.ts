/** FAKE. AWS's buckets of revocation lists: objects by their key, and S3's refusal for any other, as a bucket that lists nothing has it. */
import { type FakeService, fakeService } from './fake-service.ts'

const DENIED =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'

/** @param lists DER by path: `/crl/<id>.crl` */
export function fakeAwsCrls(lists: ReadonlyMap<string, Uint8Array>): Promise<FakeService> {
  return fakeService(({ pathname }) => {
    const body = lists.get(pathname)
    return body
      ? { status: 200, headers: { 'Content-Type': 'binary/octet-stream' }, body }
      : { status: 403, headers: { 'Content-Type': 'application/xml' }, body: DENIED }
  })
}
