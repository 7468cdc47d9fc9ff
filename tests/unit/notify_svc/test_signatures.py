"""The published examples of each provider's signature, recomputed.

Sources: ACS3: help.aliyun.com, V3 版本请求体&签名机制 (固定参数示例). TC3:
cloud.tencent.com/document/api, 签名方法 v3. WeChat and WeCom:
Tencent's sample code and wechatpy's tests (MIT).
"""

import base64

import pytest
from notify_svc.channels.sms import acs3, tc3
from notify_svc.channels.weixin_callback import (
    CallbackCipher,
    NotGenuine,
    NotReadable,
    check_signature,
    fields,
    signature,
)


def test_alibaba_clouds_example() -> None:
    query = {
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        "RegionId": "cn-shanghai",
    }
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": acs3.EMPTY,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    canonical = acs3.canonical_request("POST", "/", query, headers, acs3.EMPTY)
    assert acs3.sign("YourAccessKeySecret", canonical) == (
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    signed = acs3.signed_headers(
        "YourAccessKeyId", "YourAccessKeySecret", query=query, headers=headers
    )
    assert signed["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("a b", "a%20b"), ("+*~", "%2B%2A~"), ("用/印", "%E7%94%A8%2F%E5%8D%B0")],
)
def test_what_is_signed_is_encoded_by_rfc_3986(text: str, encoded: str) -> None:
    assert acs3.canonical_query({"k": text}) == f"k={encoded}"


PAYLOAD = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'


@pytest.mark.parametrize(
    ("secret", "headers", "expected"),
    [
        (
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            {"content-type": "application/json; charset=utf-8"},
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        (
            "*" * 32,
            {
                "content-type": "application/json; charset=utf-8",
                "x-tc-action": "describeinstances",
            },
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ],
)
def test_tencent_clouds_examples(secret: str, headers: dict[str, str], expected: str) -> None:
    headers = {**headers, "host": "cvm.tencentcloudapi.com"}
    canonical = tc3.canonical_request(headers, PAYLOAD)
    proof = tc3.sign(secret, service="cvm", timestamp=1551113065, canonical=canonical)
    assert proof == expected
    value = tc3.authorization(
        "AKID", secret, service="cvm", timestamp=1551113065, headers=headers, body=PAYLOAD
    )
    assert value.startswith("TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, ")
    assert value.endswith(f"Signature={expected}")


def test_wechats_signature() -> None:
    assert signature("test", "1410685589", "test") == "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"
    check_signature("f21891de399b4e33a1a93c9a7b8a8fffb5a443ff", "test", "test", "1410685589")
    for wrong in ("", "f21891de399b4e33a1a93c9a7b8a8fffb5a443fe", "é"):
        with pytest.raises(NotGenuine):
            check_signature(wrong, "test", "1410685589", "test")


SAMPLE = CallbackCipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="


def test_tencents_sample_of_an_encrypted_callback() -> None:
    found = signature("QDG6eK", "1409659589", "263014780", ECHO)
    assert found == "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"
    assert SAMPLE.decrypt(ECHO) == b"1616140317555161061"


WECHATPY = CallbackCipher("kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx49f0ab532d5d035a")
RECEIVED = (
    "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeD"
    "XzF6Bv283dGymzxh6ydJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBu"
    "g/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQiMS6td7vXUaWOMZnYZl"
    "F3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQipvWTT4dShyqio7mlsl5noTrb"
    "++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
)
REPLY = """<xml>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[test]]></Content>
<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>
<ToUserName><![CDATA[messense]]></ToUserName>
<AgentID>1</AgentID>
<CreateTime>1411525903</CreateTime>
</xml>"""
ENCRYPTED_REPLY = (
    "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8"
    "GqxlhZgURnAtObvesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2"
    "Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXa"
    "fG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF"
    "9XiKzHo3"
)


def test_wechatpys_examples_of_decrypting_and_encrypting() -> None:
    found = signature("123456", "1411525903", "461056294", RECEIVED)
    assert found == "74d92dfeb87ba7c714f89d98870ae5eb62dff26d"
    message = fields(WECHATPY.decrypt(RECEIVED))
    assert (message["FromUserName"], message["Content"]) == ("messense", "test")
    assert WECHATPY.encrypt(REPLY.encode(), random=b"1234567890123456") == ENCRYPTED_REPLY
    found = signature("123456", "1411525903", "461056294", ENCRYPTED_REPLY)
    assert found == "407518b7649e86ef23978113f92d27afa9296533"


@pytest.mark.parametrize("length", [0, 1, 15, 16, 31, 32, 33, 5000])
def test_what_is_encrypted_can_be_decrypted(length: int) -> None:
    text = ("印" * length).encode()
    assert SAMPLE.decrypt(SAMPLE.encrypt(text)) == text
    assert SAMPLE.encrypt(text) != SAMPLE.encrypt(text)  # the random bytes differ


@pytest.mark.parametrize(
    "spoiled",
    [
        "",
        "not base64!",
        base64.b64encode(b"x" * 17).decode(),  # no whole block
        base64.b64encode(b"x" * 64).decode(),  # of no key
        WECHATPY.encrypt(b"for somebody else"),
        CallbackCipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx0").encrypt(b"x"),
    ],
    ids=["nothing", "no base64", "half a block", "of no key", "another account", "another key"],
)
def test_what_is_not_for_us_is_not_opened(spoiled: str) -> None:
    with pytest.raises(NotGenuine):
        SAMPLE.decrypt(spoiled)


@pytest.mark.parametrize("key", ["", "short", "!" * 43])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"43|base64|digit|padding"):
        CallbackCipher(key, "wx0")


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"no xml",
        b"<xml><a></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><c>&a;</c></xml>',
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml/>',
        b'<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x><a>&f;</a></x>',
    ],
)
def test_xml_that_is_more_than_fields_is_refused(xml: bytes) -> None:
    with pytest.raises(NotReadable):
        fields(xml)


def test_the_fields_of_a_callback() -> None:
    xml = b"<xml><A><![CDATA[ x ]]></A><B><C>1</C></B><D/></xml>"
    assert fields(xml) == {"A": "x", "B.C": "1", "D": ""}
