"""A QR code as SVG that the page's own style colours."""

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str) -> SafeString:
    """One `<svg class="qr">`; dark on white in both themes, since not every camera reads it inverted."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        svgclass="qr",
        lineclass=None,
        border=4,
        light="#fff",
        omitsize=True,
    )
    return mark_safe(out.getvalue().decode())  # noqa: S308  segno writes modules alone, never the text
