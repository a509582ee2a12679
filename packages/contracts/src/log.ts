/** The transparency log as files (protocol, section 6; C2SP tlog-tiles). */
import { type Static, Type } from 'typebox'
import { Closed, ERROR_CODE_KEYWORD } from './encoding.ts'

/** Media types of the log's resources, as tlog-tiles names them. */
export const CHECKPOINT_MEDIA_TYPE = 'text/plain; charset=utf-8'
export const TILE_MEDIA_TYPE = 'application/octet-stream'

/** Digits of one path element of a tile's index, then `.p/W` for a partial tile of 1 to 255 leaves. */
const TILE_INDEX = '(?:x[0-9]{3}/)*[0-9]{3}(?:\\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?'

/**
 * `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, what follows `/log/tile/`: level 0 to 63 without leading zero,
 * the index in groups of three digits with `x` before all but the last.
 */
export const TILE_PATH = `^(?:entries|[0-9]|[1-5][0-9]|6[0-3])/${TILE_INDEX}$`

/** A path that no tile can have is `not_found`, like that of a tile the log does not have. */
export const TileParameters = Closed({
  '*': Type.String({
    description: 'Tile path as in C2SP tlog-tiles.',
    examples: ['0/x001/067.p/4'],
    pattern: TILE_PATH,
    [ERROR_CODE_KEYWORD]: { pattern: 'not_found' },
  }),
})
export type TileParameters = Static<typeof TileParameters>
