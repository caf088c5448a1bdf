"""Labelling functions: Python where a pattern is not enough."""

from transom import ABSTAIN, labeling_function


@labeling_function
def asks_how_to(x):
    """People who ask how to do a thing mostly need technical help."""
    return "technical" if x.text.lower().startswith(("how do i", "how can i", "can i")) else ABSTAIN
