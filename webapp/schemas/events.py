"""Where an event stream begins: after the last `id` that its client has received, or now."""

import marshmallow as ma

from webapp.fields import QueryNumber


class StreamQuery(ma.Schema):
    """For clients that cannot send the header `Last-Event-ID`, which comes first."""

    last_event_id = QueryNumber(min=0)


class StreamHeaders(ma.Schema):
    """What browsers send when they come back. Whatever no event has for an id is ignored."""

    last_event_id = ma.fields.String(
        data_key="Last-Event-ID", load_default="", metadata={"description": "All that came after it is sent first."}
    )
