"""What the prediction log keeps: the mapping `log` of deploy.yaml's section `serve`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Logging:
    """A share `sample` of the requests is logged, without what `redact` names: payloads, fields as `person.age`, `id`.

    Segments are deleted when they are older than `keep_days`, and the oldest when all have more than `keep_bytes`.
    """

    sample: float = field(default=1.0, metadata={"exclusiveMinimum": 0, "maximum": 1})
    redact: tuple[str, ...] = ()
    probabilities: bool = True
    keep_days: float | None = field(default=None, metadata={"exclusiveMinimum": 0})
    keep_bytes: int | None = field(default=None, metadata={"minimum": 1})
