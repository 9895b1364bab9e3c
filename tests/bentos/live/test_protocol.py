"""README's table and the page's types are those of the messages."""

from bentos.live import protocol

UPDATE = "run `python -m bentos.live.protocol` and commit what it writes"


def test_the_table_is_up_to_date():
    (table,) = protocol.MARKED.findall(protocol.README.read_text(encoding="utf-8"))
    assert table == protocol.table(), UPDATE


def test_the_types_of_the_page_are_up_to_date():
    assert protocol.TYPES.read_text(encoding="utf-8") == protocol.types(), UPDATE


def test_every_field_is_described_or_speaks_for_itself():
    fields = [
        (shape.name, member.name)
        for union, _ in protocol.UNIONS.values()
        for shape in protocol.shapes(union)
        for member in shape.members
        if not member.description and member.name != "type"
    ]
    assert {name for _, name in fields} <= {"gloss", "text", "signs"}
