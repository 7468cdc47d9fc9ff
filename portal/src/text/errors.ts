import type { ApiError } from '@/api/client'
import { texts } from '.'

/** What to tell people about a refusal: our words for its code, else the server's, else plain ones. */
export function explain(error: ApiError): string {
  return texts.errors[error.code] ?? (error.message || texts.errors.unexpected!)
}
