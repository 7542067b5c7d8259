import { tryFaults } from './driver.ts'

tryFaults('dump')
