/** Checks of Azure vTPM evidence beyond those of the engine and of the hardware below. Every name begins `azure_` or `tpm_`. */
export const AZURE_VTPM_CHECK_CODES = {} as const
