"""From an example to an answer over HTTP, as the how-to has it."""

import pytest

from served import serving
from transom.cli.main import main


@pytest.mark.functional
def test_the_sentiment_example_is_served(tmp_path, capsys):
    project = tmp_path / "demo"
    assert main(["init", str(project), "--example", "sentiment"]) == 0
    assert main(["run", str(project), "--set", "training.epochs=2", "--json"]) == 0

    with serving(project) as running:
        answer = running.ask("/v1/predict", {"payloads": {"text": "such a lovely song"}})

    assert answer.status == 200
    assert answer.json["predictions"]["sentiment"]["label"] in answer.json["predictions"]["sentiment"]["probabilities"]
