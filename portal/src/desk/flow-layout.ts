/** Where the nodes and ways of a flow are drawn: from top to bottom, a node below all that lead to it. */
export interface Box {
  id: string
  x: number // the middle
  y: number // the top
}

export interface Way {
  source: string
  target: string
  condition: string | null
}

export interface Layout {
  boxes: Map<string, Box>
  width: number
  height: number
}

export const BOX = { width: 272, height: 52, across: 300, down: 92 }

export function layoutOf(ids: string[], ways: Way[]): Layout {
  const ranks = ranksOf(ids, ways)
  const rows: string[][] = []
  for (const id of ids) (rows[ranks.get(id) ?? 0] ??= []).push(id)
  const most = Math.max(1, ...rows.map((row) => row?.length ?? 0))
  const width = most * BOX.across
  const boxes = new Map<string, Box>()
  rows.forEach((row, rank) => {
    row.forEach((id, index) => {
      const x = width / 2 + (index - (row.length - 1) / 2) * BOX.across
      boxes.set(id, { id, x, y: rank * BOX.down + 4 })
    })
  })
  return { boxes, width, height: (rows.length - 1) * BOX.down + BOX.height + 8 }
}

/** The longest way to each node. A way back (of a flow that is still wrong) is not followed for ever. */
function ranksOf(ids: string[], ways: Way[]): Map<string, number> {
  const ranks = new Map(ids.map((id) => [id, 0]))
  for (let round = 0; round < ids.length; round++) {
    let moved = false
    for (const { source, target } of ways) {
      const wanted = (ranks.get(source) ?? 0) + 1
      if (ranks.has(source) && ranks.has(target) && wanted > (ranks.get(target) ?? 0) && wanted < ids.length) {
        ranks.set(target, wanted)
        moved = true
      }
    }
    if (!moved) break
  }
  return ranks
}
