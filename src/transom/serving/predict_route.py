"""`POST /v1/predict`: records in transom's data format in, decoded predictions out."""

from typing import Any

from transom.data.decode import quoted
from transom.serving.answering import Answering
from transom.serving.http import BodyBounds, Request, Response, body_of, json_of, json_response, require_json
from transom.serving.refusal import RefusedError

RECORDS = "records"


async def predict(request: Request, answering: Answering, bounds: BodyBounds) -> Response:
    """One record is answered by an object, a list of records by a list.

    Raises:
        RefusedError: the request cannot be answered, or not now.
        ClientGoneError: there is nobody to answer any more.
    """
    require_json(request)
    document = json_of(await body_of(request, bounds), bounds)
    records = records_of(document, answering.versions.bounds.max_queue)
    if RECORDS not in document:
        (reply,) = await answering.answer(request, records)
        return json_response(200, reply, version=reply["version"])
    replies = await answering.answer(request, records, within=f"/{RECORDS}")
    return json_response(200, {"predictions": replies}, version=replies[0]["version"])


def records_of(document: Any, most: int) -> list[Any]:
    """The records of a body: itself, or those of its list.

    Raises:
        RefusedError: it is neither one record nor a list of some.
    """
    if not isinstance(document, dict):
        message = f'{quoted(document)} is not a record. Send {{"payloads": {{...}}}} or {{"records": [...]}}.'
        raise RefusedError(422, "T195", message)
    if RECORDS not in document:
        return [document]
    records = document[RECORDS]
    if not isinstance(records, list) or not records:
        what = f"{quoted(records)} is not a list of records" if records != [] else "there is no record in the list"
        message = f'{what}. Send {{"records": [{{"payloads": {{...}}}}]}}.'
        raise RefusedError(422, "T195", message, pointer=f"/{RECORDS}")
    if len(records) > most:
        raise RefusedError(413, "T195", f"{len(records)} records are too many. Send at most {most} at once.")
    return records
