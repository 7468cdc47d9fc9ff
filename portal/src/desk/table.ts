/**
 * A column of a table. `grow`: takes the room that is left; `short`: a word or a moment, never
 * broken; `numeric`: figures, to the right; `lead`: heads the card on a phone (otherwise what grows does).
 */
export interface Column {
  key: string
  name: string
  grow?: boolean
  short?: boolean
  numeric?: boolean
  lead?: boolean
}
