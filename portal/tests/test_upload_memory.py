"""A file of 50 MB goes through a real gunicorn into a folder of the GED, and no process grows by it."""

import http.client
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

from portal.demo import PASSWORD
from portal.testing import pdf

MB = 1024 * 1024
SIZE = 49 * MB
BOUNDARY = "frontiere"


class Window:
    """A browser's cookies and its token, and nothing more: what it sends never lies in one piece anywhere."""

    def __init__(self, house) -> None:
        self.house, self.cookies = house, {}

    def ask(self, method: str, path: str, body=None, **headers: str) -> tuple[int, bytes]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(http.client.HTTPConnection("localhost", self.house.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                name, _equals, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read()

    def token(self, path: str) -> str:
        page = self.ask("GET", path)[1].decode()
        return re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]

    def log_in(self, login: str) -> None:
        form = {
            "csrfmiddlewaretoken": self.token("/connexion/"),
            "login": login,
            "password": PASSWORD,
        }
        kind = "application/x-www-form-urlencoded"
        assert self.ask("POST", "/connexion/", urlencode(form), content_type=kind)[0] == 302

    def lay(self, path: str, name: str, start: bytes, size: int, token: str) -> int:
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="fichiers"; filename="{name}"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()

        def pieces():
            yield head + start
            for _ in range((size - len(start)) // MB):
                yield b"%" + b"x" * (MB - 1)
            yield tail

        length = len(head) + len(start) + (size - len(start)) // MB * MB + len(tail)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", path, pieces(), content_type=kind, content_length=str(length))[0]


def peaks(pids: list[int]) -> dict[int, int]:
    """The most memory that each process has had since `forget_peaks`."""
    return {
        pid: int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024
        for pid in pids
    }


def written(pids: list[int]) -> list[int]:
    """The bytes that each process has written to files."""
    return [int(re.search(r"wchar: (\d+)", Path(f"/proc/{pid}/io").read_text())[1]) for pid in pids]


def forget_peaks(pids: list[int]) -> None:
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5)


def test_a_file_of_50_mb_does_not_grow_the_process(house):
    folder = house.value(
        "SELECT id FROM documents_folder WHERE label = 'Facture' AND firm_id ="
        " (SELECT id FROM portal_firm WHERE slug = 'martin')"
    )
    path = f"/entreprises/4/documents/{folder}/"
    window = Window(house)
    window.log_in("claire@martin.example")
    token = window.token(path)
    _main, workers = house.family("gunicorn")
    before = written(workers)
    with ThreadPoolExecutor(4) as pool:
        # What a process loads for its first upload is no growth by a file: each has had one before.
        while min(now - then for now, then in zip(written(workers), before, strict=True)) < MB:
            laid = [
                pool.submit(window.lay, f"{path}deposer/", "petit.pdf", pdf(), MB, token) for _ in range(4)
            ]
            assert {answer.result() for answer in laid} == {302}
    forget_peaks(workers)
    before = peaks(workers)
    assert window.lay(f"{path}deposer/", "grand.pdf", pdf(), SIZE, token) == 302
    grown = {pid: peak - before[pid] for pid, peak in peaks(workers).items()}
    sizes = house.rows(
        "SELECT f.size > ? FROM documents_document d JOIN portal_storedfile f ON f.id = d.file_id"
        " WHERE d.name = 'grand.pdf'",
        SIZE - 2 * MB,
    )
    assert sizes == [(1,)]
    assert max(grown.values()) < 10 * MB
