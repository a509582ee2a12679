/**
 * Who may import whom, the same table as `docs/architecture.md`. A package border is a trust border: the rooms of the
 * measured enclave must not reach outside it, and pure rooms import nothing but what stands here.
 */
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'

interface Room {
  /** Workspace rooms it may import, by package name. */
  readonly rooms: readonly string[]
  /** Packages from the registry it may import. */
  readonly packages: readonly string[]
  /** Whether it may import `node:*`. */
  readonly node: boolean
}

const scope = (...names: string[]): string[] => names.map((name) => `@perf-aggregator/${name}`)

/** The house. A room that is not named here may not exist. */
export const ROOMS: Readonly<Record<string, Room>> = {
  'packages/attestation': { rooms: [], packages: [], node: false },
  'packages/performance': { rooms: [], packages: [], node: false },
  'packages/protocol': { rooms: scope('attestation'), packages: ['@noble/hashes'], node: false },
  'packages/contracts': { rooms: [], packages: ['typebox'], node: false },
  'packages/client': {
    rooms: scope('attestation', 'contracts', 'performance', 'protocol'),
    packages: ['@noble/post-quantum', '@noble/hashes'],
    node: false,
  },
  'packages/testkit': {
    rooms: scope('attestation', 'client', 'contracts', 'performance', 'protocol', 'venue-sandbox', 'enclave'),
    packages: ['@noble/post-quantum', '@noble/hashes'],
    node: true,
  },
  'apps/enclave': {
    rooms: scope('attestation', 'contracts', 'performance', 'protocol'),
    packages: [
      '@electric-sql/pglite',
      '@fastify/cors',
      '@fastify/helmet',
      '@fastify/swagger',
      '@fastify/swagger-ui',
      'ccxt',
      'fastify',
      'jose',
      'kysely',
      'pg',
      'pino',
      'prom-client',
      'typebox',
    ],
    node: true,
  },
  'apps/cli': {
    rooms: scope('attestation', 'client', 'contracts', 'enclave', 'performance', 'protocol', 'venue-sandbox'),
    packages: ['commander'],
    node: true,
  },
  'apps/venue-sandbox': { rooms: scope('performance'), packages: [], node: true },
}

const ENCLAVE = 'apps/enclave'

/**
 * Inside the enclave: the folders of its `src/`, files that stand beside them, and which others each may import.
 * Adapters meet the domain in `wiring` alone: it imports everything, and only `main.ts` imports it.
 */
const ENCLAVE_FOLDERS: Readonly<Record<string, readonly string[] | 'everything'>> = {
  aggregation: ['collection'],
  attestation: [],
  audit: [],
  certificates: ['aggregation', 'audit', 'sealing', 'store'],
  collection: ['sealing', 'store'],
  collector: ['sealing', 'tee'],
  'configuration.ts': ['tee'],
  endorsements: ['observability'],
  'errors.ts': [],
  health: ['endorsements'],
  http: ['configuration.ts', 'endorsements', 'observability'],
  limits: [],
  log: [],
  'main.ts': 'everything',
  observability: [],
  ports: [],
  records: ['audit', 'sealing'],
  release: [],
  sealing: [],
  sessions: ['audit', 'sealing', 'store'],
  store: ['log', 'sealing'],
  tee: ['collector'],
  tokens: ['audit', 'sealing'],
  wiring: 'everything',
}

/** Interfaces and shapes that everybody in the enclave speaks of; what stands behind them is for wiring to know. */
const ENCLAVE_COMMONS = ['ports/', 'errors.ts', 'http/services.ts', 'store/tables.ts']

/** Files allowed to break a rule of their room, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, { readonly node: true; readonly reason: string }>> = {
  'packages/client/src/crypto/mathematics.node.ts': {
    node: true,
    reason: 'selected by the package condition "node"; browsers get mathematics.web.ts',
  },
  'packages/client/src/crypto/signatures.node.ts': {
    node: true,
    reason: 'selected by the package condition "node"; browsers get signatures.web.ts',
  },
}

const IMPORT = /^\s*(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

/** Every module specifier a source names. Non-literal `import(x)` is not seen; lint forbids it. */
export function specifiers(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? '')
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Why a file of the enclave may not import another, both below its `src/`; null when it may. */
function brokenFolder(from: string, to: string): string | null {
  const [folder = '', entered = ''] = [from, to].map((path) => path.split('/')[0] ?? '')
  const allowed = ENCLAVE_FOLDERS[folder]
  if (folder === entered || allowed === 'everything' || allowed?.includes(entered)) return null
  if (ENCLAVE_COMMONS.some((common) => to === common || (common.endsWith('/') && to.startsWith(common)))) return null
  return `${folder} may not enter ${entered}; only wiring imports everything`
}

/** All broken rules among `files` (absolute paths below `root`), as sentences. */
export function brokenLayers(root: string, files: readonly string[]): string[] {
  const broken: string[] = []
  for (const file of files) {
    const path = relative(root, file).split(sep).join('/')
    const [wing, name, part] = path.split('/')
    const roomPath = `${wing}/${name}`
    const room = ROOMS[roomPath]
    if (room === undefined) {
      broken.push(`${path}: no room ${roomPath} stands in the layer table`)
      continue
    }
    if (part !== 'src') continue
    const below = path.slice(`${roomPath}/src/`.length)
    if (roomPath === ENCLAVE && ENCLAVE_FOLDERS[below.split('/')[0] ?? ''] === undefined) {
      broken.push(`${path}: no such folder stands in the table of the enclave`)
    }
    for (const specifier of specifiers(readFileSync(file, 'utf8'))) {
      const say = (why: string): void => void broken.push(`${path} imports ${specifier}: ${why}`)
      if (specifier.startsWith('.')) {
        const target = relative(root, resolve(dirname(file), specifier))
          .split(sep)
          .join('/')
        if (!target.startsWith(`${roomPath}/src/`)) say('a relative import must stay inside the room')
        else if (roomPath === ENCLAVE) {
          const why = brokenFolder(below, target.slice(`${roomPath}/src/`.length))
          if (why !== null) say(why)
        }
      } else if (specifier.startsWith('#')) {
        continue
      } else if (specifier.startsWith('node:')) {
        if (!room.node && EXCEPTIONS[path]?.node !== true) say('this room knows no Node')
      } else if (specifier.startsWith('@perf-aggregator/')) {
        if (!room.rooms.includes(packageOf(specifier))) say('not a room it may enter')
      } else if (!room.packages.includes(packageOf(specifier))) say('not a package it may use')
    }
  }
  return broken
}
