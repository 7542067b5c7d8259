/** Whether all cases are tried that take long, as `npm run test:full` does: else some stand for all. */
export const isFull = process.env['BITACORA_FULL'] === 'yes'
