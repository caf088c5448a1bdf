"""From a schema and the settings of its payloads to the graph of the model, every choice checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from transom.data.features.categories import CategoryReading
from transom.data.features.columns import ColumnReading
from transom.data.features.numbers import NumberReading
from transom.data.features.payloads import PayloadReading
from transom.data.features.pieces import PieceReading
from transom.data.features.text import TextReading
from transom.data.features.values import RecordReading, ValueReading
from transom.data.features.vectors import VectorReading
from transom.data.features.words import WordReading
from transom.errors import Problem, ProjectError, listed
from transom.model.graph import (
    Attention,
    Block,
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
from transom.model.repeats import repeats_of
from transom.model.settings import Aggregate, Bag, Convolution, Dense, Encoder, PayloadSettings, Pretrained, Trees
from transom.registry import names, resolve
from transom.schema.payloads import Field, MemberSet, Payload, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task

WORDS_OF_A_TEXT = 512
"""An encoder that reads a text word by word sees so many of them."""

NGRAMS_OF_A_WORD = 4
NGRAMS_OF_A_FIELD = 4
"""The longest n-grams of characters of a token, and of a text inside a record."""

BINS_OF_AN_ELEMENT = 16
"""Into so many bins the numbers of a sequence are cut."""

RANK = 8
"""Length of the vector that the expert of a slice makes of what a head sees."""


@dataclass(frozen=True)
class _Plan:
    """What the graph is compiled from."""

    schema: Schema
    settings: Mapping[str, PayloadSettings]

    def encoder(self, payload: Payload) -> Encoder:
        """The encoder chosen for a payload in the network, or the one that suits it."""
        chosen = self.settings.get(payload.name, PayloadSettings()).encoder
        return default_encoder(payload) if chosen is None or isinstance(chosen, Trees) else chosen

    def trees(self, payload: Payload) -> Trees | None:
        """The trees that are chosen to learn the tasks of a payload, if they are."""
        chosen = self.settings.get(payload.name, PayloadSettings()).encoder
        return chosen if isinstance(chosen, Trees) else None

    def aggregate(self, *payloads: Payload) -> Aggregate:
        """How elements become one vector: what the first payload that says so says."""
        chosen = (self.settings.get(payload.name, PayloadSettings()).aggregate for payload in payloads)
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


def default_encoder(payload: Payload) -> Encoder:
    """The encoder that suits a payload."""
    match payload:
        case Singleton(value="text"):
            return Bag()
        case Sequence():
            return Convolution()
        case _:
            return Dense()


def read_kind(payload: Payload) -> str:
    """The kind of value that an encoder of the payload must read."""
    return "record" if isinstance(payload, MemberSet) else payload.value


def encoders_for(payload: Payload) -> tuple[str, ...]:
    """The registered encoders that can read a payload."""
    return tuple(name for name in names("encoders") if not unread_by(resolve("encoders", name), payload))


def unread_by(encoder: object, payload: Payload) -> str | None:
    """What an encoder, by its class, cannot read of a payload; None where it can read it."""
    if read_kind(payload) not in getattr(encoder, "reads", ()):
        return read_kind(payload)
    if encoder is Trees and not isinstance(payload, Singleton):
        return "members of a set" if isinstance(payload, MemberSet) else "elements of a sequence"
    return None


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
    chosen = plan.settings.get(payload.name, PayloadSettings()).encoder
    if chosen is None:
        return
    if is_another_form(payload):
        on = listed(payload.base)
        yield Problem(
            "T122",
            f"Payload {payload.name!r} is a text with a base: a model sees {on} instead. Choose the encoder of {on}.",
            payload.at,
        )
    elif unread := unread_by(type(chosen), payload):
        yield Problem(
            "T121",
            f"Encoder {_name(chosen)!r} cannot read {unread}, which payload {payload.name!r} holds. "
            f"Encoders for it: {listed(encoders_for(payload))}.",
            payload.at,
        )


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
    parts = [[*encoded, *repeats_of(payload, encoded)]]
    if isinstance(payload, MemberSet) and payload.range is not None:
        parts.append(_reached(plan, payload, plan.schema.payload(payload.range)))
    parts += [_beside(plan, other, payload, parts[0][-1]) for other in around]
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
    """A head (the last block) with a linear model beside the network, where it scores classes and sees wide bags only.

    What adds its word must know all that the head knows; and its table is never larger than an embedding.
    """
    *others, head = blocks
    encodings = [block for block in seen if isinstance(block, Encoding)]
    bags = [each.encoder for each in encodings if isinstance(each.encoder, Bag) and each.shape.elements is None]
    assert isinstance(head, Head)
    is_wide = isinstance(head.task, Multiclass | Bitvector) and len(bags) == len(encodings)
    if not (is_wide and all(bag.wide and head.shape.size <= bag.size for bag in bags)):
        return blocks
    readings = dict.fromkeys(block.reading for block in seen if isinstance(block, Embedding))
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


def seen_beside(schema: Schema, payload: Payload) -> list[Payload]:
    """What the head of a task sees beside its payload: what that is built on, or else all other payloads."""
    return _built_on(schema, payload) or [other for other in schema.payloads if other is not payload]


def _built_on(schema: Schema, payload: Payload) -> list[Payload]:
    """What `base` and `range` reach, at any number of steps."""
    reached: dict[str, Payload] = {}
    for name in (*payload.base, *([payload.range] if isinstance(payload, MemberSet) and payload.range else [])):
        part = schema.payload(name)
        reached |= {part.name: part} | {further.name: further for further in _built_on(schema, part)}
    return list(reached.values())


def is_another_form(payload: Payload) -> bool:
    """Whether a payload is a text that is not encoded again, as it is another form of what it is built on."""
    return isinstance(payload, Singleton) and payload.value == "text" and bool(payload.base)


def _encoded(plan: _Plan, payload: Payload) -> list[Block]:
    """The vectors of a payload's elements, or the one vector of a singleton."""
    if is_another_form(payload):
        return _vector(plan, payload, payload)
    encoder = plan.encoder(payload)
    reading = _pieces_of(payload, encoder) if isinstance(encoder, Pretrained) else reading_of(payload, encoder)
    elements = None if reading.form == "singleton" else payload.name
    at = f"payload/{payload.name}"
    shape = Shape(encoder.size, elements)
    embedding = (
        Published(f"{at}/embedding", reading, shape, encoder)
        if isinstance(encoder, Pretrained)
        else Embedding(f"{at}/embedding", reading, shape, encoder.feature_dropout)
    )
    blocks: list[Block] = [
        embedding,
        Encoding(f"{at}/encoding", (embedding.id,), shape, _name(encoder), encoder),
    ]
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
    size = max(blocks[-1].shape.size, seen.shape.size)
    joined = Joined(at, (blocks[-1].id, seen.id), Shape(size, elements))
    return [*blocks, joined, _summary(joined, at, plan.aggregate(seen_by, payload))]


def _summary(elements: Block, at: str, aggregate: Aggregate) -> Summary:
    """One vector of all elements that a block gives; `at` is where its id begins."""
    shape = elements.shape
    assert shape.elements is not None
    size = 2 * shape.size if aggregate == "both" else shape.size
    return Summary(f"{at}/summary/{aggregate}", (elements.id,), Shape(size), shape.elements, aggregate)


def _reached(plan: _Plan, members: MemberSet, sequence: Payload) -> list[Block]:
    blocks = _encoded(plan, sequence)
    shape = Shape(blocks[-1].shape.size, members.name)
    return [*blocks, Reached(f"payload/{members.name}/reached", (blocks[-1].id,), shape)]


def reading_of(payload: Payload, encoder: Encoder) -> PayloadReading:
    """How a payload is read for an encoder."""
    bins = encoder.bins if isinstance(encoder, Dense) else BINS_OF_AN_ELEMENT
    match payload:
        case Singleton(name, value="text") if isinstance(encoder, Bag):
            return PayloadReading(name, "singleton", TextReading(encoder.word_ngrams, encoder.character_ngrams))
        case Singleton(name, value="text"):
            return PayloadReading(name, "text", WordReading(NGRAMS_OF_A_WORD), WORDS_OF_A_TEXT)
        case Singleton(name):
            return PayloadReading(name, "singleton", _value_reading(payload, bins))
        case Sequence(name, value="token"):
            return PayloadReading(name, "sequence", WordReading(NGRAMS_OF_A_WORD), payload.max_length)
        case Sequence(name):
            return PayloadReading(name, "sequence", _value_reading(payload, bins), payload.max_length)
        case MemberSet(name, fields):
            return PayloadReading(name, "set", _record_reading(fields, bins), payload.max_length)


def _pieces_of(payload: Payload, encoder: Pretrained) -> PayloadReading:
    """How a text, or a sequence of tokens, is read for a pretrained transformer."""
    pieces = PieceReading(encoder.model, encoder.max_length)
    if isinstance(payload, Sequence):
        return PayloadReading(payload.name, "sequence", pieces, payload.max_length)
    return PayloadReading(payload.name, "singleton", pieces)


def _value_reading(payload: Singleton | Sequence, bins: int) -> ValueReading:
    match payload.value:
        case "number":
            return NumberReading(bins)
        case "vector":
            return VectorReading(payload.name)
        case "category":
            return CategoryReading()
        case _:
            return _record_reading(payload.fields if isinstance(payload, Singleton) else (), bins)


def _record_reading(fields: tuple[Field, ...], bins: int) -> RecordReading:
    return RecordReading(tuple((field.name, _field_reading(field, bins)) for field in fields))


def _field_reading(field: Field, bins: int) -> TextReading | NumberReading | CategoryReading:
    match field.value:
        case "text":
            return TextReading(1, NGRAMS_OF_A_FIELD)
        case "number":
            return NumberReading(bins)
        case "category":
            return CategoryReading()


def columns_for(schema: Schema, payload: Payload) -> tuple[ColumnReading, ...]:
    """The columns that trees see where a head would see this payload; text, sequences and sets have none."""
    seen = [part for part in (payload, *seen_beside(schema, payload)) if isinstance(part, Singleton)]
    return tuple(column for part in seen for column in _columns(part))


def _columns(payload: Singleton) -> Iterator[ColumnReading]:
    if payload.value == "record":
        for field in payload.fields:
            if field.value != "text":
                yield ColumnReading(payload.name, field.value, field.name)
    elif payload.value != "text":
        yield ColumnReading(payload.name, payload.value)


def _name(encoder: Encoder | Trees) -> str:
    """The name under which the class of an encoder's settings is registered."""
    return next(name for name in names("encoders") if resolve("encoders", name) is type(encoder))
