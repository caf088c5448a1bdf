"""Options of the trainer."""

import subprocess
import sys
from dataclasses import fields

from transom.training.config import TrainingConfig


def test_everything_has_a_default():
    assert TrainingConfig().seed == 0


def test_numbers_that_are_worked_out_say_so():
    automatic = {field.name for field in fields(TrainingConfig) if field.default == "auto"}
    numbers = {"epochs", "batch_size", "learning_rate", "warm_up", "weight_decay"}
    assert automatic == numbers | {
        "self_training",
        "refit",
        "device",
        "mixed_precision",
        "loss_weights",
        "distill_from",
    }


def test_reading_options_needs_no_torch():
    script = "import transom.training.config, sys; print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
