export { POLICY_MEDIA_TYPE, type PolicyFileOptions, readPolicyFile } from './policy-file.ts'
