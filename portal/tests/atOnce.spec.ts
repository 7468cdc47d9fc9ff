import { expect, test } from 'vitest'
import { AT_ONCE } from '../at-once'
import { router } from '@/router'

const LOADED = /^\/(manage|settings|verify|dev-inbox)|\(/ // by few, or by nobody with a phone in a lift

const stepless = (path: string): string => path.replace(/:\w+|\{\w+\}/g, '{}')

test('every address of applicants and approvers says what it needs at once', () => {
  const addresses = router.getRoutes().map((route) => route.path)
  expect(addresses.filter((path) => !LOADED.test(path)).map(stepless).sort()).toEqual(
    Object.keys(AT_ONCE).map(stepless).sort(),
  )
})

test('what is asked for at once has no step that the address has not', () => {
  for (const [address, { data }] of Object.entries(AT_ONCE)) {
    const steps = data.flatMap((path) => path.match(/\{\w+\}/g) ?? [])
    expect(steps.every((step) => address.includes(step))).toBe(true)
  }
})
