"""Reference: as little as can be between a socket and a disk. Reads to the final dot, one INSERT, one commit, 250.

No limits, no look at an address, no undone dot-stuffing, no hash: what is measured is asyncio and SQLite. Takes a
folder for its database, and prints its port.
"""

import asyncio
import sqlite3
import sys
from pathlib import Path

database = sqlite3.connect(Path(sys.argv[1], "bare.sqlite3"))
database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE mail (raw BLOB);")


async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 bare\r\n")
    while line := await reader.readline():
        if line.startswith(b"DATA"):
            writer.write(b"354 Go\r\n")
            mail = await reader.readuntil(b"\r\n.\r\n")
            database.execute("INSERT INTO mail VALUES (?)", (mail,))
            database.commit()
        writer.write(b"250 OK\r\n")
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(session, "127.0.0.1", 0, limit=100 * 1024 * 1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
