import { tryFaults } from './driver.ts'

tryFaults('run')
