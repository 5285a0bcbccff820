"""One request through a WSGI application, without a server: the same for the portal and for each reference."""

import io


def call(application, path: str, body: bytes = b"", **environ: str) -> bytes:
    """GET `path`, or POST `body` as JSON where there is one; the answer's body. RuntimeError where it is not 200."""
    answered = []
    base = {
        "REQUEST_METHOD": "POST" if body else "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    answer = application(base | environ, lambda status, headers, *_: answered.append(status))
    try:
        content = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    if not answered[0].startswith("200"):
        raise RuntimeError(f"{path} answered {answered[0]}: {content[:300]!r}")
    return content
