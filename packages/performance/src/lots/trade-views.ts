/** What counts as one trade, in the words of a certificate's conventions. */

export const LOT_MATCH =
  'one piece of one lot closed by one fill, never summed per fill, order or lot; counted in the market of that fill'

export const ROUND_TRIP =
  'from the first lot until at most 1 % of the largest quantity is left; counted in the market that last closed a piece'
