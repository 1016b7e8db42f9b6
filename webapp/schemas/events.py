"""Where an event stream begins."""

import marshmallow as ma

from webapp.fields import QueryNumber


class StreamQuery(ma.Schema):
    """For clients that cannot send the header `Last-Event-ID`, which comes first."""

    last_event_id = QueryNumber(min=0)
