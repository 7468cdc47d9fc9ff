"""The two pages that the gateway writes itself, for when the portal cannot be shown."""

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body><h1>{title}</h1>{body}</body>
</html>
"""

PORTAL_NOT_BUILT = _PAGE.format(
    title="门户页面尚未构建",
    body=(
        "<p>服务已经运行，但没有找到门户的文件。请在项目文件夹中运行 <code>make run</code>，"
        "它会先构建门户；然后刷新本页。</p>"
    ),
)

OUTSIDE_NETWORK = _PAGE.format(
    title="请从校园网访问",
    body="<p>办事大厅只对指定的网络开放。请连接校园网，或先登录 VPN，然后重新打开本页。</p>",
)
