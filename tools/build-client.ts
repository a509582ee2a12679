/**
 * `npm run build`: for browsers, the client as one file, `dist/client/perf-aggregator.mjs`, and the attestation verifier alone,
 * `dist/attestation/verify.mjs`. Node programs import the sources as they are.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const ENTRY = resolve(ROOT, 'packages/client/src/index.ts')
/** The verifier of hardware evidence without the rest of the client. */
export const ATTESTATION_ENTRY = resolve(ROOT, 'packages/client/src/attestation.ts')
const OUTPUTS = [
  [ENTRY, 'dist/client/perf-aggregator.mjs'],
  [ATTESTATION_ENTRY, 'dist/attestation/verify.mjs'],
] as const

/** A browser has no `node:` modules; one in the bundle is a layer broken or a package condition lost. */
const refuseNode: Plugin = {
  name: 'refuse-node',
  setup(builder) {
    builder.onResolve({ filter: /^node:/ }, ({ path, importer }) => ({
      errors: [{ text: `${importer} imports ${path}, which no browser has` }],
    }))
  },
}

/** The bundle of `entry` as browsers get it. Rejects when anything of Node is in it. */
export async function bundleForBrowsers(entry: string = ENTRY): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2024', 'chrome137', 'firefox129', 'safari17'],
    minify: true,
    legalComments: 'inline',
    write: false,
    logLevel: 'silent',
    plugins: [refuseNode],
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error('esbuild made no file')
  return output.contents
}

if (import.meta.main) {
  const kilobytes = (bytes: Uint8Array): string => `${(bytes.length / 1000).toFixed(1)} kB`
  for (const [entry, path] of OUTPUTS) {
    const bundle = await bundleForBrowsers(entry)
    const output = resolve(ROOT, path)
    await mkdir(dirname(output), { recursive: true })
    await writeFile(output, bundle)
    const sizes = `${kilobytes(bundle)}, gzip ${kilobytes(gzipSync(bundle, { level: 9 }))}, brotli ${kilobytes(brotliCompressSync(bundle))}`
    console.log(`${path}  ${sizes}`)
  }
}
