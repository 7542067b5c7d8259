import { openLab } from './index.ts'

/** The lab that the tests' set-up has brought up. */
export const theLab = () => openLab(process.env['BITACORA_LAB'] ?? 'test')
