"""The stages `export` and `register`: everything that a version needs to answer, and its place in the store."""

import hashlib
from importlib.metadata import version

import orjson

from transom.data.statistics import Statistics, statistics_to_json
from transom.evaluation.gate import Verdict
from transom.evaluation.report import Report
from transom.export.adoption import said_of
from transom.export.executions import executions_of
from transom.export.layout import CANDIDATE, numbers
from transom.export.lineage import LINEAGE, lineage_file
from transom.export.store import register
from transom.pipeline.exporting import exported_files, recorded_values
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learned import Learned
from transom.pipeline.package import REPORT, SCHEMA, SETTINGS, STATISTICS, VERDICT, Package, Registered
from transom.pipeline.request import Request
from transom.pipeline.statistics import with_rules_and_slices
from transom.schema.stored import schema_to_json

SEARCHED = 20
"""How many of the newest versions are looked at for one of the same content."""


def package(
    request: Request, examples: Examples, labels: tuple[TaskLabels, ...], learned: Learned, report: Report
) -> Package:
    """Schema, models, report and settings as the files of an artifact, and the networks in the form that is served."""
    schema, dataset = request.workspace.schema, examples.dataset
    values = recorded_values(dataset)
    variants = (None, *learned.variants) if learned.files else ()
    served = [exported_files(learned.files, variant, schema, values) for variant in variants]
    files = {
        **learned.files,
        **{name: content for each, _ in served for name, content in each.items()},
        SCHEMA: _json(schema_to_json(schema)),
        REPORT: _json({"rows": report.as_dicts(), "sources": [row.as_dict() for one in labels for row in one.table]}),
        SETTINGS: _json(request.workspace.model),
    }
    about = {
        "transom": version("transom"),
        "project": request.workspace.folder.resolve().name,
        "dataset": {
            "fingerprint": dataset.fingerprint,
            "n_examples": dataset.n_examples,
            "n_refused": examples.n_refused,
        },
    }
    return Package(files, about, tuple(warning for _, found in served for warning in found))


def register_version(
    request: Request,
    examples: Examples,
    statistics: Statistics,
    labels: tuple[TaskLabels, ...],
    packed: Package,
    verdict: Verdict,
) -> Registered:
    """Writes the artifact into the store as a new version, with its lineage and the statistics of its data.

    No alias points to a refused one.

    If one of the newest versions has just this content, it is that one: a run may have been killed after it had
    registered it and before it could say so.
    """
    assert request.reason is not None, "whoever asks for this stage says who registers"
    assert request.run is not None, "and which run it is"
    store, content = request.workspace.store, _content(packed, verdict)
    for number in numbers(store)[-SEARCHED:]:
        if said_of(store, number)[1].get("content") == content:
            return Registered(number)
    alias = None if verdict.is_refused else CANDIDATE
    known = with_rules_and_slices(statistics, examples.dataset, labels, request.workspace.folder)
    files = {
        **packed.files,
        VERDICT: _json(verdict.as_dict()),
        STATISTICS: statistics_to_json(known),
        LINEAGE: lineage_file(executions_of(store, request.run)),
    }
    about = {**packed.about, "content": content}
    return Registered(register(store, files, about, request.reason, alias=alias, run=request.run))


def _content(packed: Package, verdict: Verdict) -> str:
    """A hash of all that makes a version: what is in it, and whether it was refused."""
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in packed.files.items()}
    return hashlib.sha256(_json([packed.about, hashes, verdict.outcome])).hexdigest()


def _json(document: object) -> bytes:
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
