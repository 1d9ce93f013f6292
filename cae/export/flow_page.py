"""A flow diagram as one PDF page, for print."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace

from cae.cohorts.attrition import Attrition
from cae.export.contact_sheet import NO_TIME
from cae.export.flow_drawing import Flow, flow_drawing
from cae.export.flow_picture import flow_picture, flow_words
from cae.export.latin import latin
from cae.version import __version__

_MARGIN = 18.0


def flow_page(flows: Sequence[Flow]) -> bytes:
    """Return one page as large as the diagram, with text that can be searched.

    Letters beyond Latin-1 become question marks; the SVG keeps them.

    Args:
        flows: name of a group and how it came about, at least one.
    """
    from fpdf import FPDF

    shown = [(latin(name), _latin_flow(flow)) for name, flow in flows]
    drawing = flow_drawing(shown)
    pdf = FPDF("portrait", "pt", (drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN))
    pdf.set_creation_date(NO_TIME)
    pdf.set_compression(False)
    pdf.set_auto_page_break(False)
    pdf.set_title("Flow diagram")
    pdf.set_subject(latin(flow_words(flows)))
    pdf.set_creator(f"CAE Explorer {__version__}")
    pdf.set_lang("en")
    pdf.add_page()
    # Its title, which is the subject here, is not drawn.
    picture = re.sub("<title>.*?</title>", "", flow_picture(shown), flags=re.DOTALL)
    pdf.image(io.BytesIO(picture.encode("utf-8")), _MARGIN, _MARGIN, drawing.width)
    return bytes(pdf.output())


def _latin_flow(flow: Attrition) -> Attrition:
    changes = (replace(change, reason=latin(change.reason)) for change in flow.changes)
    return replace(flow, changes=tuple(changes))
