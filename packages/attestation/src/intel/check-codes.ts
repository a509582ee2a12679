/** Checks of Intel SGX and TDX evidence beyond those of the engine and of chains. Every name begins `intel_`, `sgx_` or `tdx_`. */
export const INTEL_CHECK_CODES = {} as const
