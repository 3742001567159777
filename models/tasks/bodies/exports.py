"""Writing the stored labels as a label file."""

from gluematch.models.datasets import labels as label_files
from gluematch.models.tasks.exports import Inputs, Result
from gluematch.models.tasks.work import Channel, WorkError

from .labelling import object_uri


def write(inputs: Inputs, channel: Channel) -> Result:
    """One object with all labelled rows, in the order of their import."""
    if not inputs.rows:
        raise WorkError("The transform has no labels any more: there is nothing to export.")
    uri = object_uri(inputs.output, inputs.transform_id, "labels")
    channel.progress(0.0, f"writing {uri}")
    rows = [
        (row.set_id, row.label, [row.row.get(name, "") for name in inputs.columns])
        for row in inputs.rows
    ]
    channel.objects.write(uri, label_files.write(inputs.columns, rows))
    return Result(uri, len(rows))
