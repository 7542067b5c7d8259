import { z } from 'zod'

/** Refuses a list that names something twice, with the name. */
export function once<T extends z.ZodType>(item: T, nameOf: (value: z.output<T>) => string, description: string) {
  return z
    .array(item)
    .superRefine((items, context) => {
      const names = items.map(nameOf)
      const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
      if (twice.length > 0) context.addIssue({ code: 'custom', message: `names ${twice.join(', ')} more than once` })
    })
    .describe(description)
}

/** No description is needed where an object stands: its fields speak. */
export const object = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape).describe(`an object of ${Object.keys(shape).join(', ')}`)
export const whole = (min: number, max: number, unit: string) =>
  z.int().min(min).max(max).describe(`a whole number of ${unit}, ${min} to ${max}`)
