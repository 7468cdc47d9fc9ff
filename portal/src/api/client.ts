import createClient from 'openapi-fetch'
import type { paths } from './schema'

/** One thing that is wrong with what was sent. `field` is a path such as `form.materials.0.copies`. */
export interface FieldError {
  field: string
  code: string
  message: string
}

/** A refusal by the server (application/problem+json), or no answer at all. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 when the network did not carry the request. */
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: FieldError[] = [],
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }

  get offline(): boolean {
    return this.status === 0
  }
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => fetch(request) })

type Outcome<Body> = { data?: Body; error?: unknown; response: Response }

let signedOut: () => void = () => undefined

/** What to do when the session has ended while somebody was working. */
export function onSignedOut(action: () => void): void {
  signedOut = action
}

/** The body of an answer. Throws ApiError for everything else. */
export async function ok<Body>(call: Promise<Outcome<Body>>): Promise<Body> {
  let outcome: Outcome<Body>
  try {
    outcome = await call
  } catch {
    throw new ApiError(0, 'offline', '')
  }
  if (outcome.response.ok) return outcome.data as Body
  const error = refusal(outcome.response.status, outcome.error)
  if (error.code === 'not_signed_in') signedOut()
  throw error
}

/** From the body of a refusal, whatever it is. */
export function refusal(status: number, body: unknown): ApiError {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const { code, title, errors, ...details } = problem
  const error = new ApiError(
    status,
    typeof code === 'string' ? code : `http_${status}`,
    typeof title === 'string' ? title : '',
    Array.isArray(errors) ? (errors as FieldError[]) : [],
    details,
  )
  return error
}
