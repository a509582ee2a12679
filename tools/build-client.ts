/**
 * `npm run build`: the client as one file for browsers, `dist/client/perf-aggregator.mjs`. Node programs import the
 * sources as they are.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const ENTRY = resolve(ROOT, 'packages/client/src/index.ts')
const OUTPUT = resolve(ROOT, 'dist/client/perf-aggregator.mjs')

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
  const bundle = await bundleForBrowsers()
  await mkdir(dirname(OUTPUT), { recursive: true })
  await writeFile(OUTPUT, bundle)
  const kilobytes = (bytes: Uint8Array): string => `${(bytes.length / 1000).toFixed(1)} kB`
  const sizes = `${kilobytes(bundle)}, gzip ${kilobytes(gzipSync(bundle, { level: 9 }))}, brotli ${kilobytes(brotliCompressSync(bundle))}`
  console.log(`dist/client/perf-aggregator.mjs  ${sizes}`)
}
