import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfiguration } from '../src/configuration.ts'
import { EnclaveError } from '../src/errors.ts'

test('nothing set: local, closed, as the requirements say', () => {
  assert.deepEqual(readConfiguration({}), {
    host: '127.0.0.1',
    port: 3000,
    databaseUrl: null,
    dataDirectory: './data',
    maxTtlSeconds: 604_800,
    rateLimit: { max: 100, windowMilliseconds: 900_000 },
    allowedOrigins: [],
    trustProxy: false,
    logOrigin: 'localhost/perf-aggregator',
    tee: 'any',
    endorsementsDirectory: null,
    kms: null,
    sandboxUrl: null,
    maxRecordBytes: 8_388_608,
    logLevel: 'info',
  })
})

test('an empty variable is an absent one', () => {
  assert.deepEqual(readConfiguration({ ENCLAVE_PORT: '', DATABASE_URL: '' }), readConfiguration({}))
})

test('everything set', () => {
  const configuration = readConfiguration({
    ENCLAVE_HOST: '0.0.0.0',
    ENCLAVE_PORT: '0',
    DATABASE_URL: 'postgres://u:p@db/x',
    DATA_DIR: '/var/lib/perf',
    MAX_TTL_SECONDS: '3600',
    RATE_LIMIT_MAX: '5',
    RATE_LIMIT_WINDOW: '1000',
    ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
    TRUST_PROXY: '10.0.0.0/8, ::1',
    LOG_ORIGIN: 'example.com/log',
    TEE: 'simulator',
    ENDORSEMENTS_DIR: '/run/endorsements',
    SANDBOX_URL: 'http://127.0.0.1:9000',
    MAX_RECORD_BYTES: '1024',
    LOG_LEVEL: 'silent',
  })
  assert.deepEqual(configuration.allowedOrigins, ['https://a.example', 'http://localhost:5173'])
  assert.deepEqual(configuration.trustProxy, ['10.0.0.0/8', '::1'])
  assert.deepEqual(configuration.rateLimit, { max: 5, windowMilliseconds: 1000 })
  assert.equal(configuration.endorsementsDirectory, '/run/endorsements')
  assert.deepEqual([configuration.host, configuration.port, configuration.logLevel], ['0.0.0.0', 0, 'silent'])
})

test('every family, and the one that is there, if any, can be asked for', () => {
  for (const tee of ['any', 'auto', 'simulator', 'nitro', 'sgx', 'snp', 'tdx', 'azure-vtpm']) {
    assert.equal(readConfiguration({ TEE: tee }).tee, tee)
  }
})

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef'

test('key release by KMS: the key alone, or with what leads to KMS and to the credentials', () => {
  const key = { arn: KEY_ARN, region: 'eu-central-1', host: 'kms.eu-central-1.amazonaws.com' }
  for (const TEE of ['nitro', 'auto', '']) {
    assert.deepEqual(readConfiguration({ TEE, KMS_KEY_ARN: KEY_ARN }).kms, {
      key,
      connect: null,
      credentials: { kind: 'instance', address: { host: '169.254.169.254', port: 80 } },
    })
  }
  const all = { TEE: 'nitro', KMS_KEY_ARN: KEY_ARN, KMS_CONNECT: '127.0.0.1:8001', KMS_CREDENTIALS: '/run/role.json' }
  assert.deepEqual(readConfiguration(all).kms, {
    key,
    connect: { host: '127.0.0.1', port: 8001 },
    credentials: { kind: 'file', path: '/run/role.json' },
  })
  assert.equal(readConfiguration({ TEE: 'nitro' }).kms, null)
})

test('a setting for KMS without its key, or with another family, is an error that says so', () => {
  const settings = { KMS_KEY_ARN: KEY_ARN, KMS_CONNECT: '127.0.0.1:8001', KMS_CREDENTIALS: '/run/role.json' }
  for (const [name, value] of Object.entries(settings)) {
    for (const TEE of ['simulator', 'sgx', 'snp', 'tdx', 'azure-vtpm']) {
      const message = `${name}: remove it, or set TEE to nitro: it is of no other family`
      assert.throws(() => readConfiguration({ TEE, [name]: value }), { code: 'configuration', message })
    }
    if (name === 'KMS_KEY_ARN') continue
    const message = `${name}: give KMS_KEY_ARN too`
    assert.throws(() => readConfiguration({ TEE: 'nitro', [name]: value }), { code: 'configuration', message })
  }
})

const WRONG: readonly (readonly [string, ...string[]])[] = [
  ['ENCLAVE_HOST', 'example.com', '127.0.0.1:80'],
  ['ENCLAVE_PORT', '65536', '-1', '3000 ', '0x10', '1e3', '08', 'three'],
  ['DATABASE_URL', 'mysql://pLaNtEd@db', 'pLaNtEd', '/pLaNtEd'],
  ['DATA_DIR', 'pLaNtEd\0'],
  ['MAX_TTL_SECONDS', '59', '1.5', '99999999999999999999'],
  ['RATE_LIMIT_MAX', '0'],
  ['RATE_LIMIT_WINDOW', '999'],
  ['ALLOWED_ORIGINS', '*', 'https://a.example/', 'https://A.example', 'null', 'https://pLaNtEd@a.example', 'ftp://a'],
  ['TRUST_PROXY', 'true', '0', '10', '10.0.0.0/33', 'gateway', '10.0.0.0/8/8'],
  ['LOG_ORIGIN', 'a b', 'a+b', 'ä', 'x'.repeat(129)],
  ['TEE', 'sev-snp', 'Simulator', 'AUTO'],
  ['KMS_KEY_ARN', 'pLaNtEd', KEY_ARN.replace('key/', 'alias/'), `${KEY_ARN} `],
  ['KMS_CONNECT', 'pLaNtEd:443', '127.0.0.1', 'kms.eu-central-1.amazonaws.com:443'],
  ['KMS_CREDENTIALS', 'pLaNtEd', 'https://127.0.0.1:80', 'http://pLaNtEd@127.0.0.1:80'],
  ['SANDBOX_URL', 'localhost:9000', 'ftp://x'],
  ['MAX_RECORD_BYTES', '1023'],
  ['LOG_LEVEL', 'loud'],
  ['ENCLAVE_PRIVATE_KEY', 'pLaNtEd'],
  ['ENCLAVE_PUBLIC_KEY', 'pLaNtEd'],
]

for (const [name, ...values] of WRONG) {
  test(`a wrong ${name} is named with the way out and not repeated`, () => {
    for (const value of values) {
      assert.throws(
        () => readConfiguration({ [name]: value }),
        (error) => {
          assert.ok(error instanceof EnclaveError)
          assert.equal(error.code, 'configuration')
          assert.match(error.message, new RegExp(`^${name}: (?:give|remove)`), value)
          assert.doesNotMatch(error.message, /pLaNtEd/)
          return true
        },
        `${name}=${value}`,
      )
    }
  })
}

test('every wrong variable is named at once', () => {
  assert.throws(
    () => readConfiguration({ TEE: 'x', ENCLAVE_PORT: 'y', LOG_LEVEL: 'z' }),
    (error) => error instanceof EnclaveError && error.message.split('\n').length === 3,
  )
})
