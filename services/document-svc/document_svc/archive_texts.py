"""What an archive package says of itself to whoever opens it."""

from shared.organisation import Organisation

MAIN = """\
import sys

from verify import main

sys.exit(main(sys.argv[1:] or [sys.path[0]]))
"""

_README = """\
{organisation}　用印审批归档包
编号：{number}

一、内容
  sheets/          《用印审批表》，每次提交一份，带各部门印章与数字签名（PAdES）
  submissions/     每次提交的申请表
  materials/       用印材料，按序号；contract/ 为横向合同及法律办回复
  attachments/     审批人处理时上传的附件，属于哪一步见 record.json
  record.json      办理记录：按先后次序的全部环节
  ledger.json      用印登记簿中与本申请有关的各条，含摘要链
  scans/           现场用印后的照片或扫描件
  signatures.json  每份审批表上的签名：部门、签字人、时间；certificates/ 为签名证书
                   certificates/record-keys.pem 为用印指令与处理记录的公钥
  manifest.json    清单：每个文件的大小与 SHA-256 摘要；manifest.p7s 为清单的数字签名
                   （CMS），由本单位的归档密钥签署；manifest.sha256 为两者的摘要

二、核验
  不需要安装任何软件，有 Python 3.8 或更新版本即可：
      python3 归档包.zip            核验归档包自身
      python3 verify.py 文件夹      核验解压后的文件夹
  任何一个字节的改动都会被发现。核验时显示的“清单摘要”可与另行保存的记录核对。

  清单由谁签署，上述核验不作判断，可用 openssl 核对（根证书以本单位公布的为准；签名证书
  到期以后另加 -no_check_time）：
      openssl cms -verify -binary -inform DER -in manifest.p7s -content manifest.json \\
          -CAfile 根证书.pem -out /dev/null

  审批表上的数字签名可用 PDF 阅读器查看，或在系统中运行
      python -m document_svc verify-sheet sheets/1.pdf --root 根证书.pem --archive 归档包.zip
  与处理记录的核对需要另行下载的“处理记录证明”：加上 --record 证明.json --record-key 公钥.pem
  “已作废”的审批表保留原样，其状态见 signatures.json，或扫描表上的二维码查验。
"""


def readme(number: str, organisation: Organisation) -> str:
    return _README.format(number=number, organisation=organisation.name)
