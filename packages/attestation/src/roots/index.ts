/**
 * The roots of trust: SHA-256 of each vendor's root certificate (DER), in lower-case hexadecimal. Data, not code: nothing here
 * decides, and no other root can be handed to a production appraiser.
 */

/** AWS Nitro Enclaves Root-G1, 2019 to 2049: https://aws-nitro-enclaves.amazonaws.com/AWS_NitroEnclaves_Root-G1.zip */
export const NITRO_ROOTS = ['641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b'] as const

/** Intel SGX Root CA, 2018 to 2049, of SGX and TDX alike: https://certificates.trustedservices.intel.com/ */
export const INTEL_ROOTS = ['44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3'] as const

/** AMD ARK of each product line: https://kdsintf.amd.com/vcek/v1/{product}/cert_chain */
export const AMD_ROOTS = {
  Milan: ['69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd'],
  Genoa: ['4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1'],
  Turin: ['1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a'],
} as const
