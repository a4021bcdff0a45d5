"""The operations of the change feed, our own surface: asked for portion by portion, or as a stream that goes on.

Each is one declared record; nothing is decided here.
"""

from hourbook.http.operation import Call, LiveStream, operation
from hourbook.resources.changes import actions_live
from hourbook.resources.changes.wire_live import FeedOut, FeedQuery, SinceQuery, event_lines, feed_out

_WORKSPACE = "/workspaces/{workspace_id}"


@operation("GET", _WORKSPACE + "/changes", contract=None, action="change.read")
def list_changes_since(call: Call, query: FeedQuery) -> FeedOut:
    """Lists what changed after a revision, oldest first; the answer says from where to ask next."""
    feed = actions_live.list_since(call.read, *query.bounds())
    return feed_out(call.read.workspace_id, feed.changes, feed.revision, has_more=feed.has_more)


@operation("GET", _WORKSPACE + "/events", contract=None, action="change.read")
def stream_changes(call: Call, query: SinceQuery) -> LiveStream:
    """Streams what changes from a revision on (or after `Last-Event-ID`), as server-sent events."""
    since = actions_live.position(call.read, call.visitor.last_event_id, query.revision())
    return LiveStream(since, actions_live.read, actions_live.heard, event_lines)
