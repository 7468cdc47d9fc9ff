/** The names of 管理 and its sections: those of the navigation, which everybody loads. */
export const manage = {
  title: '管理',
  navigation: '管理导航',
  groups: { office: '督查室', oversight: '督查与统计', system: '系统管理' },
  sections: {
    counter: '现场用印',
    ledger: '用印台账',
    seals: '印章管理',
    requests: '全部申请',
    statistics: '统计',
    alarms: '用印告警',
    directory: '组织与人员',
    flows: '办理流程',
    matters: '事项管理',
    templates: '消息模板',
    deliveries: '消息发送',
    waiting: '待处理事件',
    where: '申请在哪里',
  },
}
