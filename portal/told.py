"""What a story says at once to whoever made the gesture, however deep in the floors it finds it out.

A story is called from a view, from a worker and from a command alike, and knows no request. What it tells while a
request is answered is shown on the next page of that person; elsewhere nobody listens, and nothing is kept.
"""

from contextvars import ContextVar

from django.contrib import messages

_ears: ContextVar[list[str] | None] = ContextVar("told", default=None)


def tell(sentence: str) -> None:
    if (ears := _ears.get()) is not None:
        ears.append(sentence)


class ToldMiddleware:
    """Inside Django's messages: what was told becomes messages of whoever is logged in, each once."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        ears: list[str] = []
        token = _ears.set(ears)
        try:
            response = self.get_response(request)
        finally:
            _ears.reset(token)
        if ears and request.user.is_authenticated:
            for sentence in dict.fromkeys(ears):
                messages.error(request, sentence)
        return response
