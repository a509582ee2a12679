/** Checks of AWS Nitro evidence beyond those of the engine and of certificate chains. Every name begins `nitro_`. */
export const NITRO_CHECK_CODES = {
  nitro_keys: 'nitro_key_not_p384',
  nitro_module: 'nitro_module_mismatch',
  nitro_timestamp: 'nitro_timestamp_outside_leaf',
  nitro_public_key: 'nitro_public_key_mismatch',
  nitro_user_data: 'nitro_user_data_mismatch',
} as const
