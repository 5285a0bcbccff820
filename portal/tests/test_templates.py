"""What is read off the templates themselves; what is undefined when one is rendered fails that test (`pytest.ini`).

Django is silent about an undefined name in `{% if %}`, `{% for %}` and `{% firstof %}`: here each name that a template
asks for is declared on its first line, and given by whoever renders or includes it.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.base import FilterExpression, Node, NodeList, TokenType, Variable
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode, URLNode, WithNode
from django.template.loader_tags import IncludeNode
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode
from django.urls import URLPattern, get_resolver

from portal.frame import NOBODY

FOLDER = Path(settings.BASE_DIR) / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*"))
EMAILS = [name for name in NAMES if "/email/" in name]
PARTIALS = [name for name in NAMES if "/_" in name]
PAGES = [name for name in NAMES if name not in EMAILS and name not in PARTIALS]
HANDLERS = {
    "400.html",
    "403.html",
    "403_csrf.html",
    "404.html",
    "429.html",
    "500.html",
}  # Django and allauth name them

# What pages know without a view: the processors of `settings.TEMPLATES`, and Django's literals.
EVERYWHERE = {*NOBODY, "request", "user", "messages", "csrf_token"}
LITERALS = {"True", "False", "None"}
OF_ALLAUTH = {"form", "action_url", "token_fail"}
OF_EVERY_MAIL = {"firm", "company", "personal_link", "unsubscribe_url"}  # mailing.sending.outbox.post
OF_AN_ANSWER = {"mail", "attachments"}  # notifications.answers.answer
INLINE = r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son\w+=|javascript:"


def source(name: str) -> str:
    return (FOLDER / name).read_text()


@cache
def nodes(name: str) -> NodeList:
    return engines["django"].engine.get_template(name).nodelist


@cache
def asked_by(name: str) -> set[str]:
    """The names that a template asks its context for."""
    return asked(nodes(name))


def expressions(thing):
    """Every expression in a tag's arguments, whatever they are put into."""
    if isinstance(thing, FilterExpression):
        yield thing
    elif isinstance(thing, TokenBase):  # the words of `{% if %}`
        yield from expressions([getattr(thing, word, None) for word in ("first", "second", "value")])
    elif isinstance(thing, dict):
        yield from expressions(list(thing.values()))
    elif isinstance(thing, (list, tuple)) and not isinstance(thing, NodeList):
        for part in thing:
            yield from expressions(part)


def roots(thing) -> set[str]:
    """The names that expressions begin with: `page` of `page.rows`, filters' arguments too."""
    variables = []
    for expression in expressions(thing):
        variables += [expression.var]
        variables += [argument for _, given in expression.filters for is_name, argument in given if is_name]
    return {v.lookups[0] for v in variables if isinstance(v, Variable) and v.lookups} - LITERALS


def asked(nodelist, known=frozenset()) -> set[str]:
    """The names that templates ask their context for; `known` grows with what the tags themselves put there."""
    known, wanted = set(known), set()
    for node in nodelist:
        inner, arguments = known, dict(vars(node))
        match node:
            case ForNode():
                wanted |= asked(node.nodelist_loop, known | {*node.loopvars, "forloop"})
                wanted |= asked(node.nodelist_empty, known)
            case WithNode():
                wanted |= asked(node.nodelist, known | set(node.extra_context))
            case BlockTranslateNode():
                inner = known | {*node.extra_context, node.countervar}
                words = [token for token in node.singular + node.plural if token.token_type is TokenType.VAR]
                wanted |= {token.contents.partition(".")[0] for token in words} - inner
            case CsrfTokenNode():
                wanted.add("csrf_token")
            case IfNode():
                for condition, branch in node.conditions_nodelists:
                    wanted |= (roots(condition) - known) | asked(branch, known)
            case Node():
                for nodelist_name in node.child_nodelists:
                    wanted |= asked(getattr(node, nodelist_name, None) or [], known)
        wanted |= roots([v for name, v in arguments.items() if name != "conditions_nodelists"]) - known
        for named in ("asvar", "target_var", "varname", "variable"):
            known.add(arguments.get(named))
    return wanted


def declared(name: str) -> tuple[set[str], set[str]]:
    """The names on the first line, what stands in brackets left out: all, and those after « if wanted »."""
    line = re.match(r"(\{#.*?#\})?", source(name))[0]
    line = re.sub(r"\([^)]*\)", "", line)
    return tuple(set(re.findall(r"[a-z_]+", words)) for words in (line, line.partition("if wanted")[2]))


@cache
def modules() -> list[ast.Module]:
    """Every module of the product, tests left out."""
    apps = (
        Path(settings.BASE_DIR) / app
        for app in ("portal", "mailing", "notifications", "documents", "approvals")
    )
    paths = [path for app in apps for path in app.rglob("*.py") if "tests" not in path.parts]
    return [ast.parse(path.read_text()) for path in paths]


@cache
def texts(tree: ast.AST) -> set[str]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str
    }


def given_by_views(page: str) -> set[str]:
    """What the modules that name the page put into any context."""
    return set().union(*(given_by(module) for module in modules() if page in texts(module)))


@cache
def given_by(module: ast.Module) -> set[str]:
    """Keys of its dictionaries, keywords of its calls."""
    given = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Dict):
            given |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
        elif isinstance(node, ast.Call):
            given |= {keyword.arg for keyword in node.keywords}
    return given


def given_to_mails() -> dict[str, set[str]]:
    """Of each mail's templates, what the calls that write it put into their context."""
    given = defaultdict(set)
    for call in (node for module in modules() for node in ast.walk(module) if isinstance(node, ast.Call)):
        for argument in call.args:
            if isinstance(argument, ast.Constant) and "/email/" in str(argument.value):
                keywords = {keyword.arg: keyword.value for keyword in call.keywords}
                if "context" in keywords:
                    given[argument.value] |= {key.value for key in keywords["context"].keys}
                else:
                    given[argument.value] |= {*keywords, *OF_AN_ANSWER}
    return given


def includes(name: str) -> list[IncludeNode]:
    return nodes(name).get_nodes_by_type(IncludeNode)


# Names


@pytest.mark.parametrize("name", PAGES)
def test_a_page_declares_what_it_asks_for(name):
    assert asked_by(name) - EVERYWHERE - declared(name)[0] == set()


@pytest.mark.parametrize("name", PARTIALS)
def test_a_partial_declares_what_it_asks_for(name):
    assert asked_by(name) - declared(name)[0] == set()


def test_a_partial_sees_only_what_it_is_given():
    assert [
        (name, str(tag.template)) for name in NAMES for tag in includes(name) if not tag.isolated_context
    ] == []


@pytest.mark.parametrize("name", [name for name in NAMES if includes(name)])
def test_an_include_gives_all_that_the_partial_asks_for(name):
    missing = {}
    for tag in includes(name):
        if isinstance(partial := tag.template.var, str):
            _, if_wanted = declared(partial)
            wanted = asked_by(partial) - if_wanted
            missing[partial, tag.token.lineno] = wanted - set(tag.extra_context)
    assert {where: names for where, names in missing.items() if names} == {}


@pytest.mark.parametrize("name", [name for name in PAGES if name not in HANDLERS])
def test_a_page_asks_for_nothing_that_no_view_gives(name):
    frames = {"base.html", "plain.html", "panel.html", "portal/settings.html"}
    if name not in frames:
        assert asked_by(name) - EVERYWHERE - OF_ALLAUTH - given_by_views(name) == set()


@pytest.mark.parametrize(("mail", "given"), given_to_mails().items(), ids=given_to_mails())
def test_a_mail_asks_for_nothing_that_nobody_gives(mail, given):
    assert {f"{mail}_{part}" for part in ("subject.txt", "body.txt", "body.html")} <= set(EMAILS)
    wanted = {name: asked_by(name) - OF_EVERY_MAIL - given for name in EMAILS if name.startswith(f"{mail}_")}
    assert {name: names for name, names in wanted.items() if names} == {}


# Files


def test_every_template_is_used():
    named = set().union(*map(texts, modules()), HANDLERS)
    used = {name for name in NAMES if name in named}
    used |= {name for name in EMAILS if re.sub(r"_(subject\.txt|body\.txt|body\.html)$", "", name) in named}
    for name in NAMES:
        bare = re.sub(r"\{#.*?#\}", "", source(name))
        used |= set(re.findall(r"[\w/]+\.(?:html|txt)\b", bare)) - {name}
    assert sorted(set(NAMES) - used) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_post_has_its_token(name):
    forms = re.findall(r"<form\b.*?</form>", source(name), re.DOTALL)
    posts = [form for form in forms if re.search(r'method="post"', form.partition(">")[0], re.IGNORECASE)]
    assert [form for form in posts if "{% csrf_token %}" not in form] == []
    assert source(name).count("<form") == len(forms)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EMAILS])
def test_no_code_nor_style_stands_in_a_page(name):
    assert re.findall(INLINE, source(name)) == []


# Addresses


def patterns(resolver, spaces=(), above=0):
    """(name, how many parameters) of every address of the portal."""
    for entry in resolver.url_patterns:
        parameters = above + entry.pattern.regex.groups
        if isinstance(entry, URLPattern):
            yield ":".join((*spaces, entry.name)), parameters
        else:
            yield from patterns(entry, (*spaces, entry.namespace) if entry.namespace else spaces, parameters)


@cache
def addresses() -> set[tuple[str, int]]:
    return set(patterns(get_resolver()))


@pytest.mark.parametrize("name", NAMES)
def test_every_url_resolves(name):
    links = {
        (link.view_name.var, len(link.args) + len(link.kwargs))
        for link in nodes(name).get_nodes_by_type(URLNode)
    }
    assert sorted(links - addresses(), key=str) == []
