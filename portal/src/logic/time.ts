import { texts } from '@/text'

let zone = 'Asia/Shanghai'

/** Where the organisation is; all times are shown as its clocks show them. */
export function setZone(name: string): void {
  zone = name
}

function parts(moment: string | Date): Record<string, string> {
  const format = new Intl.DateTimeFormat('zh-CN', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const found = format.formatToParts(new Date(moment))
  return Object.fromEntries(found.map((part) => [part.type, part.value]))
}

/** 2026-02-16 11:42 */
export function minute(moment: string | Date): string {
  const p = parts(moment)
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`
}

/** 2026-02-16 11:42:10 */
export function second(moment: string | Date): string {
  return `${minute(moment)}:${parts(moment).second}`
}

/** 2026-02-16 */
export function day(moment: string | Date): string {
  return minute(moment).slice(0, 10)
}

/** 11:42 */
export function clock(moment: string | Date): string {
  return minute(moment).slice(11)
}

/** 2026-02-16T11:42, as fields for a date and a time hold it. */
export function wall(moment: string | Date): string {
  return minute(moment).replace(' ', 'T')
}

/** The moment at which the organisation's clocks show 2026-02-16T11:42. */
export function momentOf(shownThen: string): Date {
  const shown = Date.parse(`${shownThen}Z`)
  let moment = shown
  // Twice: the first guess may lie on the other side of a change of the clocks.
  for (let i = 0; i < 2; i++) moment += shown - Date.parse(`${wall(new Date(moment))}Z`)
  return new Date(moment)
}

/** 3天2小时, 2小时5分钟, 5分钟; the two largest units. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60]
  if (days > 0) return texts.time.days(days) + (hours > 0 ? texts.time.hours(hours) : '')
  if (hours > 0) return texts.time.hours(hours) + (rest > 0 ? texts.time.minutes(rest) : '')
  return minutes > 0 ? texts.time.minutes(minutes) : texts.time.lessThanAMinute
}
