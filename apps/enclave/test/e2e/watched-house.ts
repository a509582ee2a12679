/** Test fixture: the enclave in a process under the memory scanner's warden, started when asked. */
import { openHouse } from './house.ts'
import type { Place } from './place.ts'

export type Question =
  | { readonly to: 'start'; readonly dataDirectory: string; readonly databaseUrl: string; readonly sandboxUrl: string }
  /** The positive control: keeps a value in this process on purpose. */
  | { readonly to: 'plant'; readonly value: Uint8Array }

const planted: Uint8Array[] = []

async function answer(question: Question): Promise<unknown> {
  if (question.to === 'plant') return planted.push(question.value)
  const { dataDirectory, databaseUrl, sandboxUrl } = question
  const place: Pick<Place, 'dataDirectory' | 'databaseUrl'> = { dataDirectory, databaseUrl }
  const { url, release } = await openHouse(place, { discoveryUrl: sandboxUrl })
  return { url, release }
}

process.on('message', ({ id, question }: { id: number; question: Question }) => {
  answer(question)
    .then((value) => process.send?.({ kind: 'answer', id, value }))
    .catch((error: unknown) => process.send?.({ kind: 'failed', id, message: String(error) }))
})
