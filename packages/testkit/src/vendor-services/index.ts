export { fakeAmdKds } from './fake-amd-kds.ts'
export { fakeAwsCrls } from './fake-aws-crls.ts'
export { fakeIntelPcs } from './fake-intel-pcs.ts'
export type { FakeService } from './fake-service.ts'
