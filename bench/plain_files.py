"""Writes small PDF, PPTX, XLSX and EML files with the standard library alone, for judged sets of our own texts."""

import textwrap
import zipfile
from email.message import EmailMessage
from xml.sax.saxutils import escape

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_pdf(path, pages):
    """`pages`: for each page its heading and its paragraphs. Text in Helvetica, Windows-1252."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    kids = []
    for heading, *paragraphs in pages:
        content = pdf_page(heading, paragraphs)
        kids.append(len(objects) + 1)
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
                       b"/Contents %d 0 R >>" % (len(objects) + 2))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(out)


def pdf_page(heading, paragraphs):
    lines = [b"BT /F1 18 Tf 60 780 Td", pdf_text(heading), b"/F1 11 Tf 0 -16 Td"]
    for paragraph in paragraphs:
        lines.append(b"0 -12 Td")
        for line in textwrap.wrap(paragraph, 80):
            lines += [b"0 -14 Td", pdf_text(line)]
    return b"\n".join([*lines, b"ET"])


def pdf_text(text):
    written = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"(" + written + b") Tj"


def relations(targets):
    rows = "".join(f'<Relationship Id="rId{i}" Type="{OFFICE}/{kind}" Target="{target}"/>'
                   for i, (kind, target) in enumerate(targets, 1))
    return f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def write_package(path, main, main_type, part_type, parts, files):
    """`parts`: the slides or sheets, of `part_type`; `files`: further members of the package."""
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>'
                        for name, kind in [(main, main_type), *((part, part_type) for part in parts)])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml",
                         f'<?xml version="1.0"?><Types xmlns="{TYPES}"><Default Extension="rels" '
                         f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>')
        package.writestr("_rels/.rels", relations([("officeDocument", main)]))
        for name, text in {**parts, **files}.items():
            package.writestr(name, text)


def write_pptx(path, slides):
    """`slides`: for each its title and its text."""
    p, a = "http://schemas.openxmlformats.org/presentationml/2006/main", "http://schemas.openxmlformats.org/drawingml/2006/main"

    def shape(number, text, top, kind):
        return (f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="s{number}"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:spPr>'
                f'<a:xfrm><a:off x="0" y="{top}"/><a:ext cx="9000000" cy="900000"/></a:xfrm></p:spPr><p:txBody><a:bodyPr/>'
                f'<a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>')

    parts = {f"ppt/slides/slide{i}.xml":
             f'<?xml version="1.0"?><p:sld xmlns:p="{p}" xmlns:a="{a}"><p:cSld><p:spTree>'
             f'{shape(2, title, 0, chr(60) + "p:ph type=" + chr(34) + "title" + chr(34) + "/>")}{shape(3, text, 1000000, "")}'
             "</p:spTree></p:cSld></p:sld>" for i, (title, text) in enumerate(slides, 1)}
    ids = "".join(f'<p:sldId id="{255 + i}" r:id="rId{i}"/>' for i in range(1, len(parts) + 1))
    write_package(path, "ppt/presentation.xml",
                  "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
                  "application/vnd.openxmlformats-officedocument.presentationml.slide+xml", parts,
                  {"ppt/presentation.xml": f'<?xml version="1.0"?><p:presentation xmlns:p="{p}" xmlns:r="{OFFICE}"><p:sldIdLst>'
                                           f"{ids}</p:sldIdLst></p:presentation>",
                   "ppt/_rels/presentation.xml.rels":
                       relations([("slide", f"slides/slide{i}.xml") for i in range(1, len(parts) + 1)])})


def write_xlsx(path, sheets):
    """`sheets`: rows of texts by the name of their sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    def sheet(rows):
        cells = "".join(f'<row r="{r}">' + "".join(f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
                                                   for c, cell in enumerate(row)) + "</row>" for r, row in enumerate(rows, 1))
        return f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'

    parts = {f"xl/worksheets/sheet{i}.xml": sheet(rows) for i, rows in enumerate(sheets.values(), 1)}
    names = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, 1))
    write_package(path, "xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                  "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml", parts,
                  {"xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets>{names}</sheets>'
                                      "</workbook>",
                   "xl/_rels/workbook.xml.rels":
                       relations([("worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(parts) + 1)])})


def write_eml(path, mail):
    """`mail`: from, to, subject, text and the texts of attached files by their name."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail["from"], mail["to"], mail["subject"]
    message["Date"] = "Mon, 02 Jun 2025 09:00:00 +0200"
    message.set_content(mail["text"])
    for name, text in mail["attached"].items():
        message.add_attachment(text.encode(), maintype="text", subtype=name.rsplit(".", 1)[1], filename=name)
    path.write_bytes(message.as_bytes())


WRITERS = {"pdf": write_pdf, "pptx": write_pptx, "xlsx": write_xlsx, "eml": write_eml}


def write_files(folder, files):
    """`files`: content by kind and name, as bench/judged/french.json has it."""
    for kind, named in files.items():
        for name, content in named.items():
            WRITERS[kind](folder / name, content)
