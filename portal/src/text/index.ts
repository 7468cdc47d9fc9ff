import { zh } from './zh'

/** The words of every screen. Another language is another object of the same shape. */
export const texts = zh
