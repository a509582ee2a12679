/** Checks of AWS Nitro evidence beyond those of the engine and of certificate chains. Every name begins `nitro_`. */
export const NITRO_CHECK_CODES = {} as const
