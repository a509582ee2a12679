export type { Binding } from './binding.ts'
export { BINDING_TAG } from './binding.ts'
