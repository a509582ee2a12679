/** Checks of AMD SEV-SNP evidence beyond those of the engine and of certificate chains. Every name begins `snp_`. */
export const SNP_CHECK_CODES = {} as const
