import { beforeAll, expect, it } from 'vitest'
import { execIn, mustExecIn, neighbourFingerprint, NEIGHBOUR, resetHost, up, down, type Fingerprint, type Lab } from './index.ts'
