import type { HostState, Model, StepState } from './model.ts'
import { paint } from './theme.ts'
import { widest } from '../format/wrap.ts'
import { drawHost, drawProject, drawStep, isQuiet } from './titles.ts'
import type { Drawn, Look } from './titles.ts'

/** A line of the tree; `draw` gives undefined while it need not be shown. */
export interface Branch {
  /** Of a host its name. */
  key: string
  branches: Branch[]
  isOver(): boolean
  draw(frame: Frame): Drawn | undefined
}

/** What changes from frame to frame. */
export interface Frame {
  /** Columns for this line. */
  width: number
  now: number
  spin: string
}

export interface TreeOptions {
  colours: boolean
  /** Rows of the terminal. */
  rows: number
}

/**
 * Hosts, then steps, by project where a host has more than one. Every step is shown where all fit on the terminal, and at the end of a
 * run with one host; else only those with something to tell.
 */
export function tree(model: Model, options: TreeOptions): Branch[] {
  const hosts = [...model.hosts.values()]
  const paints = paint(options.colours)
  const lines = hosts.reduce((sum, host) => sum + 1 + host.steps.size + (isGrouped(host) ? projectsOf(host).length : 0), 0)
  const fits = lines + 2 <= options.rows
  const hostNames = widest(hosts.map((host) => host.name))
  const look = (frame: Frame, names: number): Look => ({ ...frame, paints, names })

  return hosts.map((host) => {
    const steps = [...host.steps.values()]
    const key = host.name
    const stepNames = widest(steps.map((step) => step.name))
    const isShown = (step: StepState) => {
      // A host that failed as a whole has looked at nothing.
      const isOver = host.report !== undefined
      return !isQuiet(step) || (isOver ? (fits || hosts.length === 1) && step.report !== undefined : fits)
    }
    const stepBranch = (step: StepState, at: number): Branch => ({
      key: `${key} step ${at}`,
      branches: [],
      isOver: () => step.report !== undefined,
      draw: (frame) => (isShown(step) ? drawStep(step, look(frame, stepNames)) : undefined),
    })
    const branchesOf = (some: readonly StepState[]) => some.map((step) => stepBranch(step, steps.indexOf(step)))
    const group = (name: string, at: number): Branch => {
      const own = steps.filter((step) => step.project === name)
      return {
        key: `${key} project ${at}`,
        branches: branchesOf(own),
        isOver: () => own.every((step) => step.report !== undefined),
        draw: (frame) => (own.some(isShown) ? drawProject(name, own, look(frame, stepNames)) : undefined),
      }
    }
    return {
      key,
      branches: isGrouped(host)
        ? [...branchesOf(steps.filter((step) => step.project === null)), ...projectsOf(host).map(group)]
        : branchesOf(steps),
      isOver: () => host.report !== undefined,
      draw: (frame) => drawHost(host, look(frame, hostNames)),
    }
  })
}

function projectsOf(host: HostState): string[] {
  return [...new Set([...host.steps.values()].map((step) => step.project))].filter((name) => name !== null)
}

function isGrouped(host: HostState): boolean {
  return projectsOf(host).length > 1
}
