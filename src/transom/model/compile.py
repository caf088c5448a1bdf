"""From a schema and the settings of its payloads to the graph of the model, every choice checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from transom.errors import Problem, ProjectError, listed
from transom.model.compared import is_of_elements, overlap_of
from transom.model.graph import (
    Attention,
    Block,
    Contrast,
    Embedding,
    Encoding,
    Experts,
    Graph,
    Head,
    Joined,
    Membership,
    Published,
    Reached,
    Shape,
    Summary,
    TreeHead,
    Wide,
)
from transom.model.readings import (
    as_one_bag,
    default_encoder,
    encoder_name,
    feature_dropout_for,
    reading_of,
)
from transom.model.repeats import repeats_of
from transom.model.seen import columns_for, is_another_form, seen_beside, unfit_encoder
from transom.model.settings import Aggregate, Convolution, Dense, Encoder, PayloadSettings, Pretrained, Trees
from transom.schema.payloads import MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

MOST_WIDE = 256
"""Scores; the table of more, and fitting it, would be too large for what it adds."""

RANK = 8
"""Length of the vector that the expert of a slice makes of what a head sees."""


@dataclass(frozen=True)
class _Plan:
    """What the graph is compiled from."""

    schema: Schema
    settings: Mapping[str, PayloadSettings]

    def of(self, payload: Payload) -> PayloadSettings:
        """What is chosen for a payload."""
        return self.settings.get(payload.name, PayloadSettings())

    def encoder(self, payload: Payload) -> Encoder:
        """The encoder chosen for a payload in the network, or the one that suits it."""
        chosen = self.of(payload).encoder
        return default_encoder(payload) if chosen is None or isinstance(chosen, Trees) else chosen

    def trees(self, payload: Payload) -> Trees | None:
        """The trees that are chosen to learn the tasks of a payload, if they are."""
        chosen = self.of(payload).encoder
        return chosen if isinstance(chosen, Trees) else None

    def aggregate(self, *payloads: Payload) -> Aggregate:
        """How elements become one vector: what the first payload that says so says."""
        chosen = (self.of(payload).aggregate for payload in payloads)
        return next((aggregate for aggregate in chosen if aggregate is not None), "both")


def compile_graph(schema: Schema, settings: Mapping[str, PayloadSettings] | None = None) -> Graph:
    """The graph of every task that has a payload; a task without one is for label models only.

    Raises:
        ProjectError: settings do not fit the schema; all problems, each with the line of its payload or task.
    """
    plan = _Plan(schema, settings or {})
    problems = tuple(_problems(plan))
    if problems:
        raise ProjectError(problems)
    learned = [task for task in schema.tasks if task.payload is not None]
    tree_heads = [head for task in learned for head in _tree_head(plan, task)]
    by_trees = [head.task for head in tree_heads]
    blocks = [block for task in learned if task not in by_trees for block in _head(plan, task)]
    return Graph(tuple({block.id: block for block in blocks}.values()), tuple(tree_heads))


def _problems(plan: _Plan) -> Iterator[Problem]:
    declared = [payload.name for payload in plan.schema.payloads]
    for name in plan.settings:
        if name not in declared:
            yield Problem("T012", f"{name!r} is not a payload of the schema. Payloads: {listed(declared)}.")
    for payload in plan.schema.payloads:
        yield from _encoder_problems(plan, payload)
    for task in plan.schema.tasks:
        yield from _task_problems(plan, task)


def _encoder_problems(plan: _Plan, payload: Payload) -> Iterator[Problem]:
    chosen = plan.of(payload).encoder
    if chosen is None:
        return
    if wrong := unfit_encoder(plan.schema, payload, encoder_name(chosen)):
        yield Problem("T122" if is_another_form(payload) else "T121", wrong, payload.at)


def _task_problems(plan: _Plan, task: Task) -> Iterator[Problem]:
    if task.payload is None:
        return
    payload = plan.schema.payload(task.payload)
    for kind, needed, words in ((Spans, Sequence, "a sequence"), (Select, MemberSet, "a set")):
        if isinstance(task, kind) and not isinstance(payload, needed):
            yield Problem(
                "T123",
                f"{kind.__name__} task {task.name!r} needs {words}, and payload {payload.name!r} is none. "
                f"Choose a payload that is {words}.",
                task.at,
            )


def _head(plan: _Plan, task: Task) -> list[Block]:
    """A head and all that it needs; it sees its payload and what that is built on, or else all other payloads."""
    assert task.payload is not None
    payload = plan.schema.payload(task.payload)
    around = seen_beside(plan.schema, payload)
    encoded = _encoded(plan, payload)
    parts = [[*encoded, *repeats_of(payload, encoded), *_contrast(payload, encoded)]]
    if isinstance(payload, MemberSet) and payload.range is not None:
        parts.append(_reached(plan, payload, plan.schema.payload(payload.range)))
    overlap = _overlap(payload, around, payload)
    parts += [_beside(plan, other, payload, parts[0][-1]) for other in around]
    parts += [overlap] if overlap else []
    inputs = tuple(dict.fromkeys(part[-1].id for part in parts))
    shapes = {part[-1].id: part[-1].shape for part in parts}
    blocks = [block for part in parts for block in part]
    elements = parts[0][-1].shape.elements
    if len(inputs) > 1:
        size = max(shape.size for shape in shapes.values())
        blocks.append(Joined(f"task/{task.name}/joined", inputs, Shape(size, elements)))
    seen, shape = blocks[-1].id if len(inputs) > 1 else inputs[0], Shape(_n_scores(task), elements)
    slices = tuple(each.name for each in plan.schema.slices if each.capacity)
    head = Head(f"task/{task.name}/head", (seen,), shape, task)
    return [*blocks, *_widened(_sliced(head, slices), blocks)]


def _sliced(head: Head, slices: tuple[str, ...]) -> list[Block]:
    """A head with capacity for slices, if there are any."""
    if not slices:
        return [head]
    seen, at = head.inputs[0], f"task/{head.task.name}"
    each, of_all = Shape(len(slices)), Shape(len(slices) * head.shape.size, head.shape.elements)
    membership = Membership(f"{at}/membership", (seen,), each, slices, head.shape.elements)
    attention = Attention(f"{at}/attention", (membership.id,), each, slices)
    experts = Experts(f"{at}/experts", (seen,), of_all, slices, RANK)
    return [membership, attention, experts, replace(head, inputs=(seen, attention.id, experts.id))]


def _widened(blocks: list[Block], seen: list[Block]) -> list[Block]:
    """A head (the last block) with a linear model beside the network, where it scores classes or numbers of examples.

    What adds its word must know all that the head knows: of sequences their words, and how much texts share, but not
    which of their elements.
    """
    *others, head = blocks
    assert isinstance(head, Head)
    encoders = [block.encoder for block in seen if isinstance(block, Encoding)]
    read = [block.reading for block in seen if isinstance(block, Embedding | Published)]
    readings = dict.fromkeys(as_one_bag(each) for each in read if not is_of_elements(each))
    scores_examples = isinstance(head.task, Multiclass | Bitvector | Regression) and head.shape.elements is None
    is_wide = scores_examples and head.shape.size <= MOST_WIDE
    is_known = all(reading.form in ("singleton", "joined") for reading in readings)
    if not (is_wide and is_known and all(each.wide for each in encoders)):
        return blocks
    wide = Wide(f"task/{head.task.name}/wide", tuple(readings), head.shape)
    return [*others, wide, replace(head, wide=wide.id)]


def _tree_head(plan: _Plan, task: Task) -> list[TreeHead]:
    """The trees that learn a task, where they are chosen for its payload."""
    assert task.payload is not None
    payload = plan.schema.payload(task.payload)
    trees, columns = plan.trees(payload), columns_for(plan.schema, payload)
    return [TreeHead(f"task/{task.name}/trees", columns, Shape(_n_scores(task)), task, trees)] if trees else []


def _n_scores(task: Task) -> int:
    """Scores of an item: of each class or bit, of each BIO tag, of a member, or the number itself."""
    match task:
        case Multiclass(classes=classes) | Bitvector(classes=classes):
            return len(classes)
        case Spans(classes=classes):
            return 1 + 2 * len(classes)
        case Select() | Regression():
            return 1


def _encoded(plan: _Plan, payload: Payload) -> list[Block]:
    """The vectors of a payload's elements, or the one vector of a singleton."""
    if is_another_form(payload):
        return _vector(plan, payload, payload)
    encoder = plan.encoder(payload)
    reading = reading_of(payload, encoder)
    elements = None if reading.form == "singleton" else payload.name
    at = f"payload/{payload.name}"
    shape = Shape(encoder.size, elements)
    embedding = (
        Published(f"{at}/embedding", reading, shape, encoder)
        if isinstance(encoder, Pretrained)
        else Embedding(f"{at}/embedding", reading, shape, feature_dropout_for(encoder, payload))
    )
    blocks: list[Block] = [embedding, _encoding(embedding, at, encoder)]
    if elements is not None and isinstance(payload, Singleton):
        blocks.append(_summary(blocks[-1], at, plan.aggregate(payload)))
    return blocks


def _vector(plan: _Plan, payload: Payload, seen_by: Payload) -> list[Block]:
    """One vector of all that a payload holds, for the head of another payload."""
    if is_another_form(payload):
        parts = [_vector(plan, plan.schema.payload(name), payload) for name in payload.base]
        if len(parts) == 1:
            return parts[0]
        size = max(part[-1].shape.size for part in parts)
        inputs = tuple(part[-1].id for part in parts)
        joined = Joined(f"payload/{payload.name}/joined", inputs, Shape(size))
        return [*(block for part in parts for block in part), joined]
    blocks = _encoded(plan, payload)
    if blocks[-1].shape.elements is None:
        return blocks
    return [*blocks, _summary(blocks[-1], f"payload/{payload.name}", plan.aggregate(seen_by, payload))]


def _beside(plan: _Plan, payload: Payload, seen_by: Payload, seen: Block) -> list[Block]:
    """One vector of what a payload holds for a head on `seen_by`, which sees itself as `seen`.

    Where that is one vector, it stands beside every element before they become one: what matters of a memory depends on
    the question, as in memory networks (Sukhbaatar et al. 2015, arXiv 1503.08895).
    """
    blocks = _encoded(plan, payload)
    elements = blocks[-1].shape.elements
    if elements is None or seen.shape.elements is not None or is_another_form(seen_by):
        return _vector(plan, payload, seen_by)
    at = f"payload/{seen_by.name}/beside/{payload.name}"
    overlap = _overlap(payload, [seen_by], seen_by)
    inputs = (blocks[-1].id, seen.id, *(block.id for block in overlap[-1:]))
    size = max(blocks[-1].shape.size, seen.shape.size)
    joined = Joined(at, inputs, Shape(size, elements))
    return [*blocks, *overlap, joined, _summary(joined, at, plan.aggregate(seen_by, payload))]


def _summary(elements: Block, at: str, aggregate: Aggregate) -> Summary:
    """One vector of all elements that a block gives; `at` is where its id begins."""
    shape = elements.shape
    assert shape.elements is not None
    size = 2 * shape.size if aggregate == "both" else shape.size
    return Summary(f"{at}/summary/{aggregate}", (elements.id,), Shape(size), shape.elements, aggregate, counts=True)


def _contrast(payload: Payload, encoded: list[Block]) -> list[Block]:
    """The block after those of an encoded payload, where it is a set: what a member is worth depends on the others."""
    if not isinstance(payload, MemberSet):
        return []
    return [Contrast(f"payload/{payload.name}/contrast", (encoded[-1].id,), encoded[-1].shape)]


def _reached(plan: _Plan, members: MemberSet, sequence: Payload) -> list[Block]:
    blocks = _encoded(plan, sequence)
    shape = Shape(blocks[-1].shape.size, members.name)
    return [*blocks, Reached(f"payload/{members.name}/reached", (blocks[-1].id,), shape)]


def _overlap(payload: Payload, around: list[Payload], seen_by: Payload) -> list[Block]:
    """What the texts of a payload and of those around it share, if there are several, for a head on `seen_by`.

    Of tokens, which are compared one by one, those nearby matter, too.
    """
    reading = overlap_of(payload, around, seen_by)
    if reading is None:
        return []
    beside = f"payload/{seen_by.name}/beside/{payload.name}"
    at = f"{f'payload/{payload.name}' if payload is seen_by else beside}/overlap"
    encoder = Convolution() if reading.form == "sequence" else Dense()
    shape = Shape(encoder.size, None if reading.form == "singleton" else payload.name)
    embedding = Embedding(f"{at}/embedding", reading, shape, 0.0)
    return [embedding, _encoding(embedding, at, encoder)]


def _encoding(embedding: Embedding | Published, at: str, encoder: Encoder) -> Encoding:
    """What an encoder makes of what was embedded; `at` is where its id begins."""
    name = encoder_name(encoder)
    return Encoding(f"{at}/encoding", (embedding.id,), embedding.shape, name, encoder, encoder.version)
