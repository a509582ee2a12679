import { skip } from './skip.ts'

/** Why hardware-only policies check so little: the reasons, one for each kind of reference value that is not there. */
export const HARDWARE_ONLY = {
  measurement: skip('hardware only: any measurement is accepted'),
  platform: skip('hardware only: any machine of the vendor is accepted'),
  content: skip('hardware only: what its owner put there is not known'),
} as const
