/** What is kept outside the system, in words. */
export const takeaway = {
  archive: '下载归档包',
  proof: '下载处理记录证明',
  proofFile: (id: string) => `处理记录证明_${id}.json`,
  why: '供以后在本系统之外核验审批表。',
}
