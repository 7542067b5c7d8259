import { tryFaults } from './driver.ts'

tryFaults('after')
