/** Checks of Azure vTPM evidence beyond those of the engine and of the hardware below. Every name begins `azure_` or `tpm_`. */
export const AZURE_VTPM_CHECK_CODES = {
  azure_hcl_form: 'azure_hcl_malformed',
  azure_hardware: 'azure_hardware_refused',
  azure_hardware_form: 'azure_hardware_malformed',
  azure_hardware_measurement: 'azure_hardware_measurement_unknown',
  azure_hardware_platform: 'azure_hardware_platform_unknown',
  azure_paravisor: 'azure_not_asked_by_paravisor',
  azure_td_report: 'azure_td_report_mismatch',
  azure_claims: 'azure_claims_malformed',
  azure_claims_hash: 'azure_claims_hash_mismatch',
  azure_secure_boot: 'azure_secure_boot_off',
  tpm_form: 'tpm_quote_malformed',
  tpm_signature: 'tpm_signature_invalid',
  tpm_pcr_digest: 'tpm_pcr_digest_mismatch',
  tpm_extra_data: 'tpm_extra_data_mismatch',
} as const
