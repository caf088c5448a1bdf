"""Recorded answers: examples with what the trained network says of them, kept with a version.

They prove that whoever loads the version answers as the network did, and they are the first requests that a server
answers, to warm up.
"""

RECORDED = "recorded.jsonl"
