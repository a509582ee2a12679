/** `/log/checkpoint` and `/log/tile/…` (C2SP tlog-tiles; protocol, section 6). */
import { CHECKPOINT_MEDIA_TYPE, TILE_MEDIA_TYPE, TileParameters } from '@perf-aggregator/contracts'
import { Type } from 'typebox'
import { EnclaveError } from '../../errors.ts'
import type { Server } from '../server-type.ts'
import type { Services } from '../services.ts'
import { REFUSALS } from './refusals.ts'

/** Seconds: a reader may be this far behind the newest checkpoint. */
const CHECKPOINT_MAX_AGE = 5

export function logRoutes(server: Server, { log }: Pick<Services, 'log'>): void {
  server.get(
    '/log/checkpoint',
    {
      schema: {
        tags: ['log'],
        summary: 'The newest checkpoint, a signed note',
        response: {
          200: { description: 'Signed note.', content: { 'text/plain': { schema: Type.String() } } },
          ...REFUSALS,
        },
      },
    },
    async (_request, reply) => {
      const note = await log.checkpoint()
      return reply
        .header('cache-control', `public, max-age=${CHECKPOINT_MAX_AGE}`)
        .type(CHECKPOINT_MEDIA_TYPE)
        .serializer(String)
        .send(note)
    },
  )

  server.get(
    '/log/tile/*',
    {
      schema: {
        tags: ['log'],
        summary: 'A tile of hashes, or a bundle of entries',
        params: TileParameters,
        response: {
          200: {
            description: 'The bytes of the tile.',
            content: { [TILE_MEDIA_TYPE]: { schema: Type.Unsafe<Uint8Array>(Type.String({ format: 'binary' })) } },
          },
          ...REFUSALS,
        },
      },
    },
    async (request, reply) => {
      const tile = await log.tile(`tile/${request.params['*']}`)
      if (tile === null) throw new EnclaveError('not_found', 'the log has no such tile')
      // A tile, partial or full, never changes.
      return reply.header('cache-control', 'public, max-age=31536000, immutable').type(TILE_MEDIA_TYPE).send(tile)
    },
  )
}
