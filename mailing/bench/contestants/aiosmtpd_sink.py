"""Reference: aiosmtpd as it comes, with a handler that stores nothing. Prints its port."""

import asyncio
import logging

from aiosmtpd.smtp import SMTP

logging.getLogger("mail.log").setLevel(logging.ERROR)


class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Sink(), data_size_limit=72 * 1024 * 1024, hostname="sink.example", loop=loop),
        "127.0.0.1",
        0,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
