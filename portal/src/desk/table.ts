/** A column of a table. `grow`: takes the room that is left; `numeric`: figures, to the right. */
export interface Column {
  key: string
  name: string
  grow?: boolean
  numeric?: boolean
}
