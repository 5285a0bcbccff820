"""Plain text as a PDF, by WeasyPrint, which is given nothing but escaped text and may fetch nothing at all (T55)."""

import json
import os
import re

# WeasyPrint takes 37 s for one word of 50,000 letters, and 1 s for as many in lines that it need not break much.
LONG_WORD = re.compile(r"(\S{60})(?=\S)")
LONG_LINE = re.compile(r"(.{400}\S*)\s")
MANY_EMPTY = re.compile(r"\n\s*\n\s*\n\s*")

STYLE = """
@page { size: A4; margin: 20mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt } }
body { font-family: "Noto Sans", "DejaVu Sans", sans-serif; font-size: 10pt; line-height: 1.4 }
h1 { font-size: 14pt; margin: 0 0 4mm }
table { margin: 0 0 6mm; border-collapse: collapse }
th { padding: 0 4mm 0 0; font-weight: normal; text-align: left; vertical-align: top; color: #555 }
p { margin: 0; min-height: 1.4em; white-space: pre-wrap }
"""


def text_to_pdf(order: dict) -> dict:
    """The only source is JSON: `title`, `lines` (label and value), `text`."""
    import logging

    logging.disable()
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    class Nothing(URLFetcher):
        """Refuses every address, whatever its scheme."""

        def fetch(self, url, headers=None):
            raise ValueError("nothing is fetched")

    with open(order["sources"][0], "rb", closefd=False) as file:
        letter = json.load(file)
    lines = "".join(f"<tr><th>{shown(label)}<td>{shown(value)}" for label, value in letter["lines"])
    text = "".join(f"<p>{shown(line)}</p>" for line in broken(letter["text"]))
    title = shown(letter["title"])
    page = f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1><table>{lines}</table>{text}"
    document = HTML(string=page, url_fetcher=Nothing()).render()
    with os.fdopen(os.dup(order["into"]), "wb") as out:
        document.write_pdf(out)
    return {"pages": len(document.pages)}


def broken(text: str) -> list[str]:
    """The lines of a text, none of them long, three empty ones in a row made two."""
    text = MANY_EMPTY.sub("\n\n\n", LONG_WORD.sub(r"\1\n", text))
    return LONG_LINE.sub(r"\1\n", text).split("\n")


def shown(text: str) -> str:
    """Text as it is, none of it HTML; a label or a title is broken too."""
    from html import escape

    return escape(LONG_WORD.sub(r"\1 ", text))
