"""What a file is, read from its bytes, and whether it may come in (D-20, S4-05, T40, T42).

The name says what somebody claims, the content what it is: both have to be allowed and to agree. Nothing is
unpacked here: of a zip only the directory at its end is looked at (T46).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile

import filetype

OCTETS = "application/octet-stream"
OLE = "application/x-ole-storage"
ZIP = "application/zip"
POLYGLOT = "application/x-polyglot"
SCRIPT = "text/x-script"
HTML, SVG = "text/html", "image/svg+xml"
OPEN_XML = "application/vnd.openxmlformats-officedocument."
WORD, SHEET, SLIDES = (
    OPEN_XML + kind
    for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
MACROS = "application/vnd.ms-office.vbaProject"
ENCRYPTED = "application/encrypted-office"
OUTLOOK = "application/vnd.ms-outlook"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# S4-05, the 17 types of a pièce.
LEDGER_TYPES = _words("pdf docx xlsx txt jpg png doc xls ppt pptx jpeg msg eml zip xml 7z csv")
# D-20: what mails and client uploads may bring on top.
MAIL_TYPES = LEDGER_TYPES | _words("heic tif tiff gif webp odt ods rtf cod ofx qif mt940 asc p7m")
# D-20 for the GED: everything but executables, scripts, macros, HTML and SVG.
FORBIDDEN_TYPES = _words(
    "action apk app appimage bat bin cmd com cpl deb dll dmg docm dotm elf exe gadget hta htm html inf ins "
    "iso jar js jse ksh lnk mjs msc msi msp mst php pif pl potm ppam ppsm pptm ps1 psm1 py pyc rb reg rpm "
    "run scf scr sct sh shtml svg svgz sys url vb vbe vbs wsc wsf wsh xhtml xht xlam xlsm xltm xll"
)

PICTURES = _words("image/jpeg image/png image/gif image/webp image/tiff image/heic")
PLAIN = _words("text/plain text/csv text/xml application/rtf message/rfc822")
MODERN = frozenset({WORD, SHEET, SLIDES, ENCRYPTED})
OLD_WORD, OLD_SHEET, OLD_SLIDES = (
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
)  # fmt: skip
# What content may stand behind an extension. Clients mix up pictures, save spreadsheets as text and give
# old names to new documents: harmless. A page of HTML or a program under any of these names is not.
ACCEPTED: dict[str, frozenset[str]] = (
    dict.fromkeys(_words("jpg jpeg png gif webp tif tiff heic"), PICTURES)
    | dict.fromkeys(_words("txt csv xml eml rtf cod ofx qif mt940 asc"), PLAIN)
    | {
        "pdf": frozenset({"application/pdf"}),
        "docx": MODERN | {OLD_WORD}, "xlsx": MODERN | {OLD_SHEET}, "pptx": MODERN | {OLD_SLIDES},
        "doc": MODERN | PLAIN | {OLD_WORD}, "xls": MODERN | PLAIN | {OLD_SHEET}, "ppt": MODERN | {OLD_SLIDES},
        "odt": frozenset({"application/vnd.oasis.opendocument.text"}),
        "ods": frozenset({"application/vnd.oasis.opendocument.spreadsheet"}),
        "msg": frozenset({OUTLOOK}),
        "zip": frozenset({ZIP}), "7z": frozenset({"application/x-7z-compressed"}),
        "p7m": frozenset({"application/pkcs7-mime", "text/plain", "message/rfc822"}),
    }
)  # fmt: skip
EXTENSION_OF = {
    "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif",
    "image/webp": "webp", "image/tiff": "tif", "image/heic": "heic", "text/plain": "txt",
    "text/csv": "csv", "text/xml": "xml", "application/rtf": "rtf", "message/rfc822": "eml",
    WORD: "docx", SHEET: "xlsx", SLIDES: "pptx",
    OLD_WORD: "doc", OLD_SHEET: "xls", OLD_SLIDES: "ppt", OUTLOOK: "msg",
    "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
    ZIP: "zip", "application/x-7z-compressed": "7z", "application/pkcs7-mime": "p7m",
}  # fmt: skip

# Signatures that `filetype` does not know or does not look for first.
PROGRAMS = (
    (b"MZ", "application/x-msdownload"), (b"\x7fELF", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-executable"), (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"\xce\xfa\xed\xfe", "application/x-executable"), (b"\xfe\xed\xfa\xce", "application/x-executable"),
    (b"\xfe\xed\xfa\xcf", "application/x-executable"),
    (b"L\0\0\0\x01\x14\x02\0", "application/x-ms-shortcut"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
)  # fmt: skip
OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
OLE_STREAMS = (
    ("EncryptedPackage", ENCRYPTED), ("WordDocument", OLD_WORD),
    ("Workbook", OLD_SHEET), ("PowerPoint Document", OLD_SLIDES),
    ("__properties_version1.0", OUTLOOK), ("Book", OLD_SHEET),
)  # fmt: skip
MAX_DIRECTORY = 4 * 1024 * 1024
SAMPLE = 64 * 1024
PRINTABLE = bytes(range(32, 256)) + b"\t\n\r\f\x1a\x1b"
HTML_START = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|style|title|meta|link|form|h1|div|table|p|a|img|br)\b",
    re.IGNORECASE,
)  # fmt: skip
# A page in XML clothes: browsers run what stands in these namespaces.
ACTIVE_NAMESPACES = (b"http://www.w3.org/1999/xhtml", b"http://www.w3.org/2000/svg")
SVG_START = re.compile(rb"<(?:[a-z0-9]+:)?svg\b", re.IGNORECASE)
MAIL_START = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2}", re.IGNORECASE)
MAIL_FIELD = re.compile(
    rb"^(?:from|received|return-path|message-id|mime-version|date|subject):", re.IGNORECASE | re.MULTILINE
)

UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f]")
RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
MAX_NAME = 150


def clean_name(name: str) -> str:
    """A file name fit to be shown and downloaded, from whatever a mail or a browser claims (T42).

    No folder, no control, invisible or direction-changing character, no leading dot, no device name of
    Windows, NFC, at most 150 characters with the extension kept. "document" where nothing is left.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = "".join(c for c in UNWANTED.sub("", name) if unicodedata.category(c) not in ("Cf", "Co", "Cn"))
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(" .")
    name = RESERVED.sub(lambda match: "_" + match[0], name)
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        name = (
            stem[: MAX_NAME - 1 - len(ending)] + dot + ending
            if dot and len(ending) <= 10
            else name[:MAX_NAME]
        )
    return name or "document"


def extension(name: str) -> str:
    """The extension in lower case without its dot, "" where there is none."""
    stem, dot, ending = clean_name(name).rpartition(".")
    return ending.lower() if dot and stem else ""


def detect(content: bytes, name: str = "") -> str:
    """The MIME type of a content; the name only tells CSV from other plain text.

    `application/octet-stream` where nothing is recognised, `application/x-polyglot` where a content is two
    things at once. Looks at the first 64 KB, and at the directory of a zip or OLE file.
    """
    text = _textual(content, name)
    if not text:
        for signature, kind in PROGRAMS:
            if content.startswith(signature):
                return kind
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole(content)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(content)
    found = _by_signature(content) or text or _guess(content)
    return POLYGLOT if found != OCTETS and _zip_directory(content) else found


def _by_signature(content: bytes) -> str | None:
    start = content[:1024]
    if start.startswith(b"\x78\x9f\x3e\x22"):
        return "application/ms-tnef"
    if start.startswith(OLD_EXCEL):
        return OLD_SHEET
    if start.startswith(b"{\\rtf"):
        return "application/rtf"
    if start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim"):
        return "image/heic"
    if (place := start.find(b"%PDF-")) >= 0:
        # Some scanners write a few bytes before; a page or a script there is a trap.
        return POLYGLOT if b"<" in start[:place] or start.startswith(b"#!") else "application/pdf"
    if start[:1] == b"\x30" and b"\x2a\x86\x48\x86\xf7\x0d\x01\x07" in start[:40]:
        return "application/pkcs7-mime"
    return None


def _guess(content: bytes) -> str:
    kind = filetype.guess(content[:8192])
    return kind.mime if kind else OCTETS


def _ole(content: bytes) -> str:
    """Word, Excel, PowerPoint before 2007, Outlook, encrypted Office: told by the names of their streams.

    Those of the document itself stand first in the directory, those of what it carries come later.
    """
    sector = 1 << min(int.from_bytes(content[30:32], "little"), 12)
    start = (int.from_bytes(content[48:52], "little") + 1) * sector
    for place in (content[start : start + 8 * sector], content):
        for stream, kind in OLE_STREAMS:
            if stream.encode("utf-16-le") in place:
                macros = kind != OUTLOOK and "_VBA_PROJECT".encode("utf-16-le") in content
                return MACROS if macros else kind
    return OLE


def _zip_directory(content: bytes) -> bytes:
    """The central directory of a zip that ends where the file ends, b"" where there is none."""
    tail = content[-(22 + 65535) :]
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < 22:
        return b""
    size, offset = (int.from_bytes(tail[place + i : place + i + 4], "little") for i in (12, 16))
    comment = int.from_bytes(tail[place + 20 : place + 22], "little")
    if place + 22 + comment != len(tail) or size > MAX_DIRECTORY:
        return b""
    end = len(content) - len(tail) + place
    directory = content[max(0, end - size) : end]
    return directory if directory.startswith(b"PK\x01\x02") and offset <= end else b""


def _zip(content: bytes) -> str:
    directory = _zip_directory(content)
    if b"vbaproject.bin" in directory.lower():
        return MACROS
    if b"[Content_Types].xml" in directory:
        for folder, kind in ((b"word/", WORD), (b"xl/", SHEET), (b"ppt/", SLIDES)):
            if folder in directory:
                return kind
    if content[30:38] == b"mimetype":
        # OpenDocument stores its type first and uncompressed, to be read here.
        kind = bytes(takewhile(lambda c: 45 <= c <= 122, content[38:120])).decode("ascii").split("PK")[0]
        if kind.startswith("application/vnd.oasis.opendocument."):
            return MACROS if b"Basic/" in directory and b"script-lb.xml" in directory else kind
    return ZIP


def _textual(content: bytes, name: str) -> str | None:
    sample = content[:SAMPLE]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        sample = sample.decode("utf-16", "replace").encode("utf-8")
    sample = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in sample:
        return None
    if len(sample.translate(None, PRINTABLE)) > len(sample) // 50:
        return None
    if sample.startswith(b"#!"):
        return SCRIPT
    if sample.startswith(b"<"):
        return _markup(sample)
    if MAIL_START.match(sample) and len(MAIL_FIELD.findall(sample[:4096])) >= 2:
        return "message/rfc822"
    return "text/csv" if extension(name) == "csv" else "text/plain"


def _markup(sample: bytes) -> str:
    """HTML, SVG or XML: by the first element after the declaration and the comments."""
    head = re.sub(
        rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<!doctype\s++(?!html|svg)[^>]*+(?:>|\Z)",
        b"",
        sample,
        flags=re.DOTALL | re.IGNORECASE,
    )
    head = head.lstrip()[:4096]
    if SVG_START.match(head) or head.lower().startswith(b"<!doctype svg"):
        return SVG
    if HTML_START.match(head) or any(space in sample for space in ACTIVE_NAMESPACES):
        return HTML
    return "text/xml" if head.startswith(b"<") else "text/plain"


def refusal(
    name: str, declared: str, content: bytes, allowed: frozenset[str] | None = MAIL_TYPES
) -> str | None:
    """Why this file may not come in, as a French sentence, or None where it may (D-20, T40).

    `allowed` is a set of extensions; None is the rule of the GED (everything but FORBIDDEN_TYPES). The
    declared type is not believed: it is often `application/octet-stream`.
    """
    if not content:
        return "Fichier vide."
    detected = detect(content, name)
    ending = extension(name) or EXTENSION_OF.get(detected, "")
    if harm := _harm(detected):
        return harm
    if ending in FORBIDDEN_TYPES or (allowed is not None and ending not in allowed):
        return (
            f"Type de fichier non accepté : .{ending}." if ending else "Type de fichier inconnu, non accepté."
        )
    if detected not in ACCEPTED.get(ending, {detected}):
        return f"Le contenu ne correspond pas au nom : .{ending} annoncé, {detected} trouvé."
    return None


def _harm(detected: str) -> str | None:
    if detected == MACROS:
        return "Le fichier contient des macros."
    if detected == POLYGLOT:
        return "Le fichier est de deux types à la fois."
    if detected in (HTML, SVG):
        return "Page HTML ou image SVG : type non accepté."
    if detected == SCRIPT or detected in {kind for _, kind in PROGRAMS}:
        return "Programme ou script : type non accepté."
    return None
