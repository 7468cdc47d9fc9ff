/** One thing that can be picked. `detail` tells people of one name apart. */
export interface Choice {
  id: string
  name: string
  detail?: string
  group?: string
  pinyin?: string
}
