// npm run demo: throwaway hosts, and the main job on them, each command shown as one would type it.
import { demo } from '../test/lab/demo.ts'

process.exitCode = await demo()
