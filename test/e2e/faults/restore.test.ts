import { tryFaults } from './driver.ts'

tryFaults('restore')
