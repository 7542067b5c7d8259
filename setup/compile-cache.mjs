// Compiled code is kept between runs, which halves a task's start. In this checkout and not in the shared temporary folder, where another
// user could plant code; where the folder cannot be written, Node does without.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache?.(fileURLToPath(new URL('../node_modules/.compile-cache', import.meta.url)))
