import { ApiError } from '@/api/client'
import { SERVICES, type ServiceName } from '@/api/desk'

/** What each service answered; null where it could not be asked just now. */
export type ByService<Answer> = Record<ServiceName, Answer | null>

/** Asks every service. Throws ApiError when none answers. */
export async function askServices<Answer>(ask: (service: ServiceName) => Promise<Answer>): Promise<ByService<Answer>> {
  const answers = await Promise.allSettled(SERVICES.map(ask))
  const reasons = answers.flatMap((answer): unknown[] => (answer.status === 'rejected' ? [answer.reason] : []))
  const ours = reasons.find((reason) => !(reason instanceof ApiError))
  if (ours || reasons.length === SERVICES.length) throw ours ?? reasons[0]
  const found = SERVICES.map((service, index) => {
    const answer = answers[index]
    return [service, answer?.status === 'fulfilled' ? answer.value : null]
  })
  return Object.fromEntries(found) as ByService<Answer>
}

/** Those that did not answer. */
export function silent(answers: ByService<unknown>): ServiceName[] {
  return SERVICES.filter((service) => answers[service] === null)
}
