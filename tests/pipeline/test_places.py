from transom.errors import Location
from transom.pipeline.places import place_of
from transom.schema.document import parse_document

ELSEWHERE = Location("elsewhere")


def test_a_value_is_found_by_its_keys():
    root = parse_document("sources:\n  short: {where: x}\n", "a.yaml").root
    assert str(place_of(root, ("sources", "short", "where"), ELSEWHERE)) == "a.yaml:2:18"


def test_what_is_not_there_is_at_the_other_place():
    root = parse_document("sources:\n  short: {where: x}\n", "a.yaml").root
    assert place_of(root, ("sources", "long", "where"), ELSEWHERE) is ELSEWHERE
    assert place_of(None, ("sources",), ELSEWHERE) is ELSEWHERE
