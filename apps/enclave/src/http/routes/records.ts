/** `/api/records` (F1): sealed application data, behind a bearer token. */
import {
  DEFAULT_CONTENT_TYPE,
  DEFAULT_PAGE,
  RecordListQuery,
  RecordListResponse,
  RecordMetadata,
  RecordParameters,
  RecordRequest,
  RecordResponse,
} from '@perf-aggregator/contracts'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { EnclaveError } from '../../errors.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { contextOf } from '../request-context.ts'
import type { Server } from '../server-type.ts'
import type { Services, RecordMetadata as StoredMetadata } from '../services.ts'
import { contentBytes, contentText, instant } from '../wire.ts'
import { REFUSALS } from './refusals.ts'

/** A body is larger than its record: base64 takes a third more, and JSON may escape; the fields beside it are small. */
function bodyLimitFor(maxRecordBytes: number): number {
  return Math.ceil(maxRecordBytes / 3) * 4 + 4096
}

export function recordRoutes(
  server: Server,
  { records, tokens }: Pick<Services, 'records' | 'tokens'>,
  metrics: Metrics,
  maxRecordBytes: number,
): void {
  /** Tenants of the requests under way. Set before the body is read: who has no token makes nobody buffer megabytes. */
  const tenants = new WeakMap<FastifyRequest, string>()

  async function onRequest(request: FastifyRequest): Promise<void> {
    tenants.set(request, (await tokens.authorise(request.headers.authorization, 'records')).tenant)
  }

  function tenantOf(request: FastifyRequest): string {
    const tenant = tenants.get(request)
    if (tenant === undefined) throw new EnclaveError('token_missing', 'no token was checked for this request')
    return tenant
  }

  const shared = { tags: ['records'], security: [{ token: [] }] }

  server.post(
    '/api/records',
    {
      onRequest,
      bodyLimit: bodyLimitFor(maxRecordBytes),
      schema: {
        ...shared,
        summary: 'Seal a record',
        body: RecordRequest,
        response: { 201: RecordMetadata, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const { data: text, content_type = DEFAULT_CONTENT_TYPE, label = null, encoding = 'utf8' } = request.body
      const data = contentBytes(text, encoding)
      try {
        if (data.length > maxRecordBytes) {
          throw new EnclaveError('body_too_large', `a record holds at most ${maxRecordBytes} bytes`)
        }
        const created = await metrics.operation('seal_record', () =>
          records.create(tenantOf(request), { data, contentType: content_type, label }, contextOf(request)),
        )
        return await reply.code(201).header('location', `/api/records/${created.id}`).send(metadataOf(created))
      } finally {
        data.fill(0)
      }
    },
  )

  server.get(
    '/api/records',
    {
      onRequest,
      schema: {
        ...shared,
        summary: 'List records, metadata only',
        querystring: RecordListQuery,
        response: { 200: RecordListResponse, ...REFUSALS },
      },
    },
    async (request) => {
      const { limit, after = null } = request.query
      const page = { limit: limit === undefined ? DEFAULT_PAGE : Number(limit), after }
      const listed = await records.list(tenantOf(request), page, contextOf(request))
      return { records: listed.records.map(metadataOf), next: listed.next }
    },
  )

  server.get(
    '/api/records/:id',
    {
      onRequest,
      schema: {
        ...shared,
        summary: 'Open a record',
        params: RecordParameters,
        response: { 200: RecordResponse, ...REFUSALS },
      },
    },
    async (request) => {
      const record = await metrics.operation('open_record', () =>
        records.read(tenantOf(request), request.params.id, contextOf(request)),
      )
      const content = contentText(record.data)
      record.data.fill(0)
      return { ...metadataOf(record), ...content }
    },
  )

  server.delete(
    '/api/records/:id',
    {
      onRequest: [onRequest, forgetTypeOfNothing],
      schema: {
        ...shared,
        summary: 'Destroy a record and the key it was sealed under: copies of its bytes alone never open again',
        params: RecordParameters,
        response: { 204: Type.Null({ description: 'Destroyed.' }), ...REFUSALS },
      },
    },
    async (request, reply) => {
      await records.destroy(tenantOf(request), request.params.id, contextOf(request))
      return reply.code(204).send(null)
    },
  )
}

/** Many clients name the type of every body they send, also where they send none; the parser would miss the body. */
async function forgetTypeOfNothing({ headers }: FastifyRequest): Promise<void> {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
  if (length === '0' && encoding === undefined) delete headers['content-type']
}

function metadataOf(record: StoredMetadata): RecordMetadata {
  return {
    id: record.id,
    created_at: instant(record.createdAt),
    size: record.size,
    content_type: record.contentType,
    label: record.label,
  }
}
