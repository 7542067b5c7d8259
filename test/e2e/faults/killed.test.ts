import { tryFaults } from './driver.ts'

tryFaults('killed')
