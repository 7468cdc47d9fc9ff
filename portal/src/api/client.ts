import type { Client } from 'openapi-fetch'
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

interface Asked {
  params?: { path?: Values; query?: Values; header?: Values }
  body?: unknown
}
type Values = Record<string, unknown>

/** openapi-fetch's types, and of what it does only what we use: two kilobytes less to load. */
export const api = Object.fromEntries(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, (path: string, asked: Asked = {}) => send(method, path, asked)]),
) as unknown as Client<paths>

async function send(method: string, path: string, { params = {}, body }: Asked): Promise<Outcome<unknown>> {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params.path?.[name])))
  const url = new URL(filled, location.origin)
  for (const [name, value] of given(params.query)) {
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(each))
  }
  const headers = new Headers(given(params.header).map(([name, value]) => [name, String(value)]))
  if (body !== undefined) headers.set('content-type', 'application/json')
  const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
  const content = await read(response)
  return response.ok ? { data: content, response } : { error: content, response }
}

function given(values: Values = {}): [string, unknown][] {
  return Object.entries(values).filter(([, value]) => value !== undefined && value !== null)
}

/** What the answer holds; text where it is no JSON, as of a proxy that has something to say. */
async function read(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return text ? JSON.parse(text) : undefined
  } catch {
    return text
  }
}

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
