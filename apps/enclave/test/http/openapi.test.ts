import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from './harness.ts'

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: unknown }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}

interface Description {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly securitySchemes: Readonly<Record<string, unknown>> }
}

const ROUTES = [
  'DELETE /api/records/{id}',
  'GET /api/records',
  'GET /api/records/{id}',
  'GET /attestation/quote',
  'GET /certificates/{id}',
  'GET /enclave/metrics/{session_id}',
  'GET /enclave/summary/{session_id}',
  'GET /healthz',
  'GET /log/checkpoint',
  'GET /log/tile/{*}',
  'GET /metrics',
  'GET /readyz',
  'POST /api/records',
  'POST /enclave/request_aggregates',
  'POST /enclave/revoke',
  'POST /enclave/submit_key',
]

test('/openapi.json describes every route, and only routes there are', async (t) => {
  const { server } = await start(t)
  const description = (await server.inject('/openapi.json')).json<Description>()
  assert.match(description.openapi, /^3\.1\.\d+$/)
  const described = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(described.sort(), ROUTES)
})

test('its structure is that of OpenAPI 3.1: parameters, bodies, answers, tags and schemes fit together', async (t) => {
  const { server } = await start(t)
  const description = (await server.inject('/openapi.json')).json<Description>()
  const tags = new Set(description.tags.map(({ name }) => name))
  for (const [path, operations] of Object.entries(description.paths)) {
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1])
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`
      assert.ok(operation.summary, `${name} has no summary`)
      assert.ok(
        operation.tags?.every((tag) => tags.has(tag)),
        `${name} has an unknown tag`,
      )
      const parameters = operation.parameters ?? []
      assert.ok(
        parameters.every(({ schema }) => typeof schema === 'object'),
        name,
      )
      assert.deepEqual(
        parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
        inPath,
        name,
      )
      assert.equal(operation.requestBody !== undefined, method === 'post', name)
      for (const scheme of (operation.security ?? []).flatMap((one) => Object.keys(one))) {
        assert.ok(scheme in description.components.securitySchemes, `${name}: ${scheme}`)
      }
      const statuses = Object.keys(operation.responses)
      assert.ok(
        statuses.some((status) => status.startsWith('2')),
        name,
      )
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.match(status, /^(?:[1-5]\d\d|[1-5]XX|default)$/, name)
        assert.equal(typeof response.description, 'string', `${name} ${status}`)
      }
      if (!['/healthz', '/readyz', '/metrics'].includes(path)) assert.ok(statuses.includes('4XX'), name)
    }
  }
})

test('every $ref leads somewhere, and no schema still speaks the OpenAPI 3.0 dialect', async (t) => {
  const { server } = await start(t)
  const description = (await server.inject('/openapi.json')).json<object>()
  function visit(node: unknown, place: string): void {
    if (typeof node !== 'object' || node === null) return
    for (const [name, value] of Object.entries(node)) {
      assert.ok(name !== 'nullable' && name !== '$ref', `${place}/${name}`)
      visit(value, `${place}/${name}`)
    }
  }
  visit(description, '')
})

test('/docs loads nothing from elsewhere and runs nothing inline', async (t) => {
  const { server } = await start(t)
  const page = await server.inject('/docs/')
  const policy = String(page.headers['content-security-policy'])
  assert.match(policy, /default-src 'self'/)
  assert.match(policy, /script-src 'self';/)
  assert.doesNotMatch(policy, /https:|validator/)
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, source = '']) =>
    source === 'data:,' ? [] : [source],
  )
  assert.equal(sources.length, 3)
  for (const source of sources) {
    assert.match(source, /^\.\//)
    assert.equal((await server.inject(`/docs/${source.slice(2)}`)).statusCode, 200, source)
  }
  assert.doesNotMatch(page.body, /<script(?![^>]*\ssrc=)[^>]*>/)
})
