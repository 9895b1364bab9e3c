"""Names in the folder of feedback, which the service writes and the watch reads."""

EVENTS, OLDER = "events.jsonl", "events.1.jsonl"  # a line of JSON for each sign or correction; the older half
LANDMARKS = "landmarks"  # a .npz of imported landmarks for each corrected sign
