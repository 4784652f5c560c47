import { allocate } from '#lib/allocate'
import { MAX_RESULT_LENGTH } from '#lib/defaults'

const tooLong = () => new RangeError('too many')

test('arrays of that length', () => {
  expect(allocate(3, (length) => new Float32Array(length), tooLong)).toEqual(new Float32Array(3))
})

test('too long for one array, for the runtime or for its memory: the error of the caller', () => {
  const make = jest.fn((length: number) => new Uint8Array(length))
  expect(() => allocate(MAX_RESULT_LENGTH + 1, make, tooLong)).toThrow('too many')
  expect(make).not.toHaveBeenCalled()
  const outOfMemory = () => {
    throw new RangeError('Array buffer allocation failed')
  }
  expect(() => allocate(3, outOfMemory, tooLong)).toThrow('too many')
})
