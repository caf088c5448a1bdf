"""A labelling function, as sources.yaml names it."""

from transom import ABSTAIN, labeling_function


@labeling_function
def lf_custom(x):
    return "spouse" if "married" in x.query else ABSTAIN
