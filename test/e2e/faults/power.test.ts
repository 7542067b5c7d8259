import { tryFaults } from './driver.ts'

tryFaults('power')
