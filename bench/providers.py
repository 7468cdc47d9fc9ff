"""A mail server and WeChat for `bench.deliveries`: they take everything, and answer in 50 ms."""

import asyncio
import json

from aiohttp import web

ANSWER_SECONDS = 0.05


class MailServer:
    """Enough of RFC 5321 for one message after another."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 bench\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                await asyncio.sleep(ANSWER_SECONDS)
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                break
            else:
                writer.write(b"250 bench\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()


async def _token(_request: web.Request) -> web.Response:
    return web.json_response({"access_token": "token", "expires_in": 7200})


async def _send(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(ANSWER_SECONDS)
    taken = request.app[TAKEN]
    taken.append(None)
    return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": len(taken)})


TAKEN: web.AppKey[list[None]] = web.AppKey("taken", list)


async def _main() -> None:
    application = web.Application()
    application[TAKEN] = []
    application.router.add_post("/cgi-bin/stable_token", _token)
    application.router.add_post("/cgi-bin/message/template/send", _send)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    smtp = await asyncio.start_server(MailServer().serve, "127.0.0.1", 0)
    ports = {"smtp": smtp.sockets[0].getsockname()[1], "wechat": runner.addresses[0][1]}
    print(json.dumps(ports), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
