"""Takes from a TFLite model an output that nobody reads, and all the work that only this output needs."""

from typing import Any


def without_output(model: bytes, position: int) -> bytes:
    """A TFLite model that computes all outputs but one; what it computes stays the same, bit for bit.

    The outputs keep their places: at `position` stands output 0 again.

    Args:
        model: a .tflite file with one sub-graph.
        position: index of the output to drop, not 0.

    Raises:
        ValueError: the model has no such output.
    """
    import flatbuffers
    from ai_edge_litert.schema_py_generated import ModelT

    tree = ModelT.InitFromPackedBuf(model, 0)
    graph = tree.subgraphs[0]
    outputs = list(graph.outputs)
    if not 0 < position < len(outputs):
        raise ValueError(f"the model has {len(outputs)} outputs; there is no output {position} to drop")
    outputs[position] = outputs[0]
    needed = _needed(graph.operators, outputs)
    graph.operators = [operator for index, operator in enumerate(graph.operators) if index in needed]
    graph.outputs = outputs
    builder = flatbuffers.Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _needed(operators: list[Any], outputs: list[int]) -> set[int]:
    """Indices of the operators that the outputs, indices of tensors, depend on."""
    maker = {int(tensor): index for index, operator in enumerate(operators) for tensor in operator.outputs}
    needed: set[int] = set()
    tensors = [int(tensor) for tensor in outputs]
    while tensors:
        index = maker.get(tensors.pop())
        if index is not None and index not in needed:
            needed.add(index)
            tensors.extend(int(tensor) for tensor in operators[index].inputs)
    return needed
