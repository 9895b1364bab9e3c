"""Reports as one HTML file that opens anywhere: no script, no style or picture from outside the file."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape


def number(value: Any) -> str:
    """A value as people read it: thousands apart, at most three decimals, a dash for what is missing."""
    if value is None or value != value:  # NaN is the one value that differs from itself
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (hasattr(value, "dtype") and value.dtype.kind in "iu"):
        return f"{int(value):,}"
    if isinstance(value, float) or (hasattr(value, "dtype") and value.dtype.kind == "f"):
        value = float(value)
        return f"{value:,.0f}" if value.is_integer() and abs(value) >= 10 else f"{value:,.4g}"
    return str(value)


def code(text: str) -> Markup:
    """Text with what stands between backticks set as code; everything is escaped."""
    parts = str(text).split("`")
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def render(template: str, **context: Any) -> str:
    """Fill one of the templates of `stages/reporting/templates`.

    `report.html.j2` is the general page: `title`, `lead` (a sentence), `verdict` (kind, text), `sections`: each a
    mapping with `title` and any of `intro`, `cards` (label → value), `tables` (caption, columns, rows) and `figures`
    (caption, source as a data address). Every text is escaped; a name that the template needs and the context lacks
    raises `jinja2.UndefinedError`.
    """
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, code=code)
    return environment.get_template(template).render(**context)


def write(path: str | Path, template: str, **context: Any) -> Path:
    """Render a template into a file, creating its folder."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(template, **context), encoding="utf-8")
    return path
