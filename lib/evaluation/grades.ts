import { wrongRange } from '../errors'
import type { Judgements } from './dataset'
import { corrupt } from './text-file'

/** Enters a grade read at `place`; refuses what is no whole number, and a second grade of the same pair. */
export function addGrade(
  judgements: Judgements,
  query: string,
  document: string,
  grade: string,
  place: string,
): void {
  if (!/^[-+]?\d{1,9}$/.test(grade)) throw corrupt(place, 'a whole number as grade', JSON.stringify(grade))
  let grades = judgements.get(query)
  if (!grades) {
    grades = new Map()
    judgements.set(query, grades)
  }
  if (grades.has(document))
    throw corrupt(
      place,
      `one grade of ${JSON.stringify(document)} for ${JSON.stringify(query)}`,
      'a second one',
    )
  grades.set(document, Number(grade))
}

/** An id as a field of a file; throws RangeError where it holds what separates the fields. */
export function fieldOf(id: string, separators: RegExp, expected: string): string {
  if (id === '' || separators.test(id)) throw wrongRange('id', expected, id)
  return id
}
