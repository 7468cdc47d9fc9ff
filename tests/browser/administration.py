"""The screens of those who oversee and administer: who is there, and where."""

SCREENS: dict[str, tuple[str, ...]] = {
    "xueyu": ("/manage/counter", "/manage/counter?q={number}", "/manage/ledger"),
    "shanyi": (
        "/manage",
        "/manage/requests",
        "/manage/alarms",
        "/manage/statistics",
        "/manage/seals",
        "/manage/directory",
        "/manage/directory?tab=units",
        "/manage/directory?tab=import",
        "/manage/directory?tab=changes",
        "/manage/flows",
        "/manage/flows/seal-use/2",
        "/manage/matters",
        "/manage/matters/seal-use",
        "/manage/templates",
        "/manage/deliveries",
        "/manage/waiting",
        "/manage/where?request={number}",
    ),
}
