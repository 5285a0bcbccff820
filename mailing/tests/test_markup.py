"""The HTML of mails that is shown: nothing runs, loads, submits or hides, and nothing takes long (T45)."""

from time import process_time

import pytest

from mailing.journal.markup import MAX_DEPTH, MAX_LENGTH, TooMuch, cleaned, page_of


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>Bonjour <b>vous</b></p>", "<p>Bonjour <b>vous</b></p>"),
        ('<p onclick="x()" class="a" id=b>ici</p>', "<p>ici</p>"),
        ("avant<script>alert(1)</script>après", "avant après"),
        ("<style>p{}</style><!-- rien --><title>t</title>x", "   x"),
        ('<img src="https://t.example/x.gif" onerror=y>vu', "vu"),
        ('<form action="https://v.example"><input name=a>nom<button>ok</button></form>', "nomok"),
        ('<base href="https://v.example"><meta http-equiv=refresh content="0;url=x"><link rel=s>x', "x"),
        ('<a href="javascript:alert(1)">lien</a>', '<span title="javascript:alert(1)">lien</span>'),
        ('<a href="https://v.example/?a=1&b=2">lien</a>', '<span title="https://v.example/?a=1&amp;b=2">lien</span>'),
        ('<p style="color:red;position:fixed;background:#fff">a</p>', '<p style="color:red">a</p>'),
        ('<p style="color:red;background:&#117;rl(//x)">a</p>', "<p>a</p>"),
        ('<iframe src="//x">i</iframe><object data="//x">o</object><embed src="//x">', "io"),
        ("<svg onload=alert(1)><script>1</script></svg>x", " x"),
        ("1 < 2 et 3 > 2", "1 &lt; 2 et 3 &gt; 2"),
        ("<o:p>Outlook</o:p><![if !mso]>x<![endif]><?xml version=1?>", "Outlookx"),
        ("<TABLE WIDTH='100'><TR><TD>é&nbsp;€", '<table width="100"><tbody><tr><td>é&nbsp;€</td></tr></tbody></table>'),
        ("</div></p>fin", "fin"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_shown(markup, shown):
    assert cleaned(markup) == shown


@pytest.mark.parametrize(
    "trick",
    [
        """<a x"y='z w"></div><div onclick=a>'>""",
        """<p title="</p><script>alert(1)</script>">x</p>""",
        """<p title='a"onmouseover="alert(1)'>x</p>""",
        """<<script>script>alert(1)<</script>/script>""",
        """<scr<script>ipt>alert(1)</scr</script>ipt>""",
        """<div <script>alert(1)</script>""",
        """<textarea></textarea><plaintext><xmp><noscript><p title="</noscript><img src=x onerror=1>">""",
        """<math><mtext><table><mglyph><style><img src=x onerror=1>""",
        "<p style=\"color:red\\3b background:url('//x')\">x</p>",
    ],
)
def test_tricks_leave_no_tag_that_acts(trick):
    shown = cleaned(trick).lower()
    acts = ("<script", "<img", "<style", "<textarea", "<math", "<svg", " onclick", "url(")
    assert [word for word in acts if word in shown] == []
    assert not any(f' {name}="' in shown for name in ("onmouseover", "onerror", "onload"))


K = 1024
BOMBS = {
    "deep": "<div>" * (100 * K),
    "deeper": ("<div>" * (MAX_DEPTH + 1) + "x" + "</div>" * (MAX_DEPTH + 1)) * 100,
    "formats": "<p>" + "".join(f'<b title="{n}">' for n in range(150)) + "<p>x" * (40 * K),
    "long": "x" * (MAX_LENGTH + 1),
}
HEAVY = {
    "as deep as may be": ("<div>" * MAX_DEPTH + "x" + "</div>" * MAX_DEPTH) * 200,
    "open": "<" * MAX_LENGTH,
    "quotes": "<a '" * (128 * K),
    "attribute": "<div " + "a" * (500 * K) + ">",
    "equals": "<div " + "a =" * (160 * K) + ">",
    "spaces": "<div" + " " * (500 * K) + ">",
    "comments": "<!--" * (128 * K),
    "ends": "</script " * (50 * K),
    "paragraphs": "<p><i>x" * 500 + "<p>x" * (60 * K),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_long_is_refused_at_once(name):
    start = process_time()
    with pytest.raises(TooMuch):
        cleaned(BOMBS[name])
    assert process_time() - start < 2


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_is_still_quick(name):
    start = process_time()
    try:
        cleaned(HEAVY[name])
    except TooMuch:
        assert name == "paragraphs"
    assert process_time() - start < 5


def test_the_subject_and_the_text_are_data():
    page = page_of("</title><script>1</script>", "", "<script>2</script>")
    assert page.count("<script>") == 0
