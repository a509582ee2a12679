/** Sealed records (protocol, section 8). */
import { type Static, Type } from 'typebox'
import { Closed, Count, Instant, List, OneOf, Text } from './encoding.ts'

/** What a record is taken for when nothing is said. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream'

/** Records on one page of a list. */
export const MAX_PAGE = 100
export const DEFAULT_PAGE = 50

const RecordId = Text('^[A-Za-z0-9_-]{1,64}$', {
  description: 'The record id.',
  examples: ['AAECAwQFBgcICQoLDA0ODw'],
})

const ContentType = Text(
  '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?[A-Za-z0-9_-]+=[A-Za-z0-9._-]+)*$',
  { description: `Media type of the data; \`${DEFAULT_CONTENT_TYPE}\` when absent.`, examples: ['application/json'] },
  { maxLength: 127 },
)

const RecordLabel = Text('^[A-Za-z0-9 ._-]{1,64}$', {
  description: 'A name for people, stored in clear.',
  examples: ['scan 12'],
})

const Encoding = OneOf(['utf8', 'base64'], { description: 'How `data` is written; `utf8` when absent.' })

export const RecordRequest = Closed(
  {
    data: Type.String({ description: 'The content, as text or base64.', examples: ['hello'] }),
    content_type: Type.Optional(ContentType),
    label: Type.Optional(RecordLabel),
    encoding: Type.Optional(Encoding),
  },
  { title: 'Record to seal' },
)
export type RecordRequest = Static<typeof RecordRequest>

const METADATA = {
  id: RecordId,
  created_at: Instant({ description: 'When it was sealed.' }),
  size: Count('Bytes of the content.'),
  content_type: Type.String({ description: 'Media type of the data.' }),
  label: Type.Union([RecordLabel, Type.Null()]),
}

export const RecordMetadata = Closed(METADATA, { title: 'Record metadata' })
export type RecordMetadata = Static<typeof RecordMetadata>

export const RecordResponse = Closed(
  {
    ...METADATA,
    data: Type.String({ description: 'The content, written as `encoding` says.' }),
    encoding: OneOf(['utf8', 'base64'], {
      description: '`utf8` where the content is valid UTF-8, `base64` otherwise.',
    }),
  },
  { title: 'Record' },
)
export type RecordResponse = Static<typeof RecordResponse>

export const RecordParameters = Closed({ id: RecordId })
export type RecordParameters = Static<typeof RecordParameters>

/** A query carries text only: `limit` is its decimal digits. */
export const RecordListQuery = Closed({
  limit: Type.Optional(
    Text('^(?:[1-9][0-9]?|100)$', {
      description: `Records on the page: 1 to ${MAX_PAGE}, ${DEFAULT_PAGE} when absent.`,
      examples: ['50'],
    }),
  ),
  after: Type.Optional(Text('^[A-Za-z0-9_-]{1,256}$', { description: 'The `next` of the page before.' })),
})
export type RecordListQuery = Static<typeof RecordListQuery>

export const RecordListResponse = Closed(
  {
    records: List(RecordMetadata),
    next: Type.Union([Type.String({ description: '`after` of the next page.' }), Type.Null()]),
  },
  { title: 'Records' },
)
export type RecordListResponse = Static<typeof RecordListResponse>
