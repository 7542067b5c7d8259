import * as fc from 'fast-check'
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { FrameReader, newNonce, prologue } from '../../lib/engine/frames.ts'
import type { Frame } from '../../lib/engine/frames.ts'
import { Script, sh } from '../../lib/text/sh.ts'

const NONCE = `bitacora-${'0123456789abcdef'.repeat(2)}`
const OTHER = `bitacora-${'fedcba9876543210'.repeat(2)}`

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/)
/** Arbitrary bytes, and what looks most like the end of a frame without being one. */
const body = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom('\n', `\n${OTHER} f0 0\n`, `\n${NONCE.slice(0, -1)}`, `\n${NONCE}`, `${NONCE} f0 0\n`),
    ),
    { maxLength: 4 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))))
  .filter((bytes) => !Buffer.concat([bytes, Buffer.from('\n')]).includes(`\n${NONCE} `))
const frame = fc.record({ id: word, status: word, body })
const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 8 })

function stream(frames: readonly Frame[], rest = Buffer.alloc(0)): Buffer {
  return Buffer.concat([
    ...frames.flatMap(({ id, status, body: bytes }) => [bytes, Buffer.from(`\n${NONCE} ${id} ${status}\n`)]),
    rest,
  ])
}

function read(bytes: Buffer, at: readonly number[]): FrameReader {
  const reader = new FrameReader(NONCE)
  const ends = [0, ...at.filter((each) => each < bytes.length).toSorted((a, b) => a - b), bytes.length]
  ends.slice(1).forEach((end, index) => reader.push(bytes.subarray(ends[index], end)))
  return reader
}

test('any bodies in any pieces come back as they were', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), body, cuts, (frames, rest, at) => {
      const reader = read(stream(frames, rest), at)
      expect(reader.frames).toEqual(frames)
      expect(reader.rest()).toEqual(rest)
    }),
    { numRuns: 300 },
  )
})

test('a stream cut at any one place, or into single bytes, gives the same frames', () => {
  const frames = [
    { id: 'start', status: '0', body: Buffer.from('a banner\n') },
    { id: 'f0', status: '127', body: Buffer.alloc(0) },
    { id: 'f1', status: 'absentf', body: Buffer.from(`\n${OTHER} f9 0\nx`) },
  ]
  const bytes = stream(frames)
  const whole = [...bytes.keys()]
  const wrong = [...whole.map((at) => [at]), whole].filter(
    (at) => JSON.stringify(read(bytes, at).frames) !== JSON.stringify(frames),
  )
  expect(wrong.map((at) => (at.length === 1 ? at[0] : 'everywhere'))).toEqual([])
})

test('a frame is told as soon as its line has ended, and not before', () => {
  const seen: string[] = []
  const reader = new FrameReader(NONCE, { onFrame: ({ id }) => seen.push(id) })
  reader.push(Buffer.from(`x\n${NONCE} f0 0`))
  expect(seen).toEqual([])
  reader.push(Buffer.from('\nmore'))
  expect(seen).toEqual(['f0'])
  expect(reader.rest().toString()).toBe('more')
})

test('of an answer that is too long the end is kept, and it says so; the next is whole again', () => {
  const seen = stream([
    { id: 'f0', status: '0', body: Buffer.alloc(1000, 'x') },
    { id: 'f1', status: '0', body: Buffer.from('short') },
  ])
  const reader = new FrameReader(NONCE, { most: 100 })
  for (let at = 0; at < seen.length; at += 30) reader.push(seen.subarray(at, at + 30))
  const [long, short] = reader.frames
  expect([long?.isCut, short?.isCut, short?.body.toString()]).toEqual([true, undefined, 'short'])
  expect(long?.body.length).toBeGreaterThanOrEqual(100)
  expect(long?.body.length).toBeLessThan(200)
})

test('all answers together have a limit', () => {
  const reader = new FrameReader(NONCE, { total: 2 ** 20, most: 10 })
  reader.push(Buffer.from(`\n${NONCE} f7 0\n`))
  expect(() => {
    for (let n = 0; n < 2 ** 12; n++) reader.push(Buffer.alloc(2 ** 10))
  }).toThrow('the host sent more than 1 MiB, the last of it after f7')
})

test('64 MiB without a frame take time and memory in proportion to their length', () => {
  const chunk = Buffer.alloc(32 * 1024, 'x')
  const cost = (chunks: number) => {
    const reader = new FrameReader(NONCE)
    const copied = Buffer.concat.bind(Buffer)
    let bytes = 0
    Buffer.concat = (list, length) => {
      const whole = copied(list, length)
      bytes += whole.length
      return whole
    }
    try {
      for (let n = 0; n < chunks; n++) reader.push(chunk)
    } finally {
      Buffer.concat = copied
    }
    return bytes
  }
  // What is copied, and not how long it takes.
  expect(cost(2048) / cost(1024)).toBeLessThan(2.1)
})

test('every run has another nonce', () => {
  expect(newNonce()).toMatch(/^bitacora-[0-9a-f]{32}$/)
  expect(newNonce()).not.toBe(newNonce())
})

const texts = (reader: FrameReader) => reader.frames.map(({ id, status, body: bytes }) => [id, status, bytes.toString()])

test.each(['dash', 'bash'])('of the environment of a login %s leaves what cannot lead a program astray', (shell) => {
  const script = Script.join([prologue(NONCE), sh`env; echo "$IFS" | od -An -tx1; echo "[$CDPATH]"\n`])
  const astray = {
    PGHOST: '/tmp/evil',
    PGSERVICEFILE: '/tmp/evil',
    PYTHONPATH: '/tmp/evil',
    PYTHONSTARTUP: '/tmp/evil',
    PERL5LIB: '/tmp/evil',
    PERL5OPT: '-Mevil',
    LD_LIBRARY_PATH: '/tmp/evil',
    BASH_ENV: '/dev/null',
    ENV: '/dev/null',
    IFS: 'evil',
    CDPATH: '/tmp/evil',
    GLOBIGNORE: '*',
    TMPDIR: '/tmp/evil',
    GIT_SSH_COMMAND: 'evil',
    ODD: `a\nexport PATH=evil\n'"$x`,
  }
  const kept = { HOME: '/root', http_proxy: 'http://proxy:3128' }
  const { stdout } = spawnSync(shell, ['-s'], { input: script.text, env: { ...astray, ...kept, PATH: process.env['PATH'] } })
  const [, rest = ''] = stdout.toString().split(`${NONCE} start 0\n`)
  expect(
    rest
      .split('\n')
      .filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line))
      .toSorted(),
  ).toEqual(
    [
      'HOME=/root',
      'LC_ALL=C.UTF-8',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'TZ=UTC',
      'http_proxy=http://proxy:3128',
      ' 0a',
      '[]',
      '',
    ].toSorted(),
  )
})

test.each(['dash', 'bash'])('%s ends each answer on both streams, with its status, in a known environment', (shell) => {
  const script = Script.join([
    prologue(NONCE),
    sh`printf noise; printf oops >&2; (exit 3); e f0 $?\nprintf '%s' "$LC_ALL $TZ $PGPASSWORD"; pwd; umask; e f1 0\n`,
  ])
  const { stdout, stderr } = spawnSync(shell, ['-s'], {
    input: `echo banner\n${script.text}`,
    env: { PGPASSWORD: 'x', PATH: process.env['PATH'] },
  })
  const [out, err] = [read(stdout, []), read(stderr, [])]
  expect(texts(out)).toEqual([
    ['start', '0', 'banner\n'],
    ['f0', '3', 'noise'],
    ['f1', '0', 'C.UTF-8 UTC /\n0077\n'],
  ])
  expect(texts(err)).toEqual([
    ['start', '0', ''],
    ['f0', '3', 'oops'],
    ['f1', '0', ''],
  ])
})
