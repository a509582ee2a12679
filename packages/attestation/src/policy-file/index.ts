export { POLICY_MEDIA_TYPE, type PolicyFileOptions, readPolicyFamilies, readPolicyFile } from './policy-file.ts'
