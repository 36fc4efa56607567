"""Runs a Keras model with each frozen BatchNormalization folded into the weights of the convolution before it.

With frozen BatchNormalization conv(x, W)·s + b is conv(x, W·s) + b, where s and b are made of constants.
Scaling the weights instead of every activation leaves one fused operation (convolution, bias, ReLU6), and the
gradient goes through W·s back to W. The variables are those of the Keras layers, so the ordinary model learns.
Source: Jacob et al., Quantization and Training of Neural Networks (arXiv 1712.05877), section 3.2.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf
from keras import layers


class CannotFold(Exception):
    """The model is built in a way this module does not know; the message says which."""


class FoldedForward:
    """The forward pass of a functional model, folded; the same function of the same variables as the model's own.

    What can be folded is decided once, when this is made: freeze layers before that. A layer that
    is no convolution before a frozen BatchNormalization is called as it is.
    Raises CannotFold for a model that is not functional, and where nothing can be folded.
    """

    def __init__(self, model: keras.Model) -> None:
        self._inputs, self._outputs = _single(model.inputs), _single(model.outputs)
        self._plan = _planned(model)
        self.folded = sum(step.scale is not None for step in self._plan)

    def __call__(self, inputs: tf.Tensor, training: bool) -> tf.Tensor:
        """What `model(inputs, training=training)` gives, shapes and types as the model's."""
        known: dict[int, tf.Tensor] = {id(self._inputs): inputs}
        for step in self._plan:
            known[id(step.output)] = step.run(known, training)
        return known[id(self._outputs)]


@dataclass(frozen=True)
class _Step:
    """One tensor of the graph: `node` of a layer as it is, or, with `scale`, folded with what follows it.

    relu: the upper limit of the ReLU that is folded in too (infinity for none), None without one.
    """

    node: Any
    output: keras.KerasTensor
    scale: layers.BatchNormalization | None = None
    relu: float | None = None

    def run(self, known: dict[int, tf.Tensor], training: bool) -> tf.Tensor:
        layer = self.node.operation
        if self.scale is not None:
            return _folded(layer, self.scale, self.relu, known[id(self.node.input_tensors[0])])
        args, keywords = self.node.arguments.fill_in(known)
        if getattr(layer, "_call_has_training_arg", False):
            keywords = {**keywords, "training": training}
        return layer(*args, **keywords)


def _folded(
    conv: layers.Conv2D | layers.DepthwiseConv2D, norm: layers.BatchNormalization, relu: float | None, x: tf.Tensor
) -> tf.Tensor:
    scale = tf.math.rsqrt(tf.convert_to_tensor(norm.moving_variance) + norm.epsilon)
    if norm.scale:
        scale *= tf.convert_to_tensor(norm.gamma)
    mean = tf.convert_to_tensor(norm.moving_mean)
    if conv.use_bias:
        mean -= tf.convert_to_tensor(conv.bias)
    bias = -mean * scale
    if norm.center:
        bias += tf.convert_to_tensor(norm.beta)
    kernel = tf.convert_to_tensor(conv.kernel)
    depthwise = isinstance(conv, layers.DepthwiseConv2D)
    kernel *= tf.reshape(scale, kernel.shape[2:]) if depthwise else scale
    # Folded in the type of the variables, and only then cast to what the layer computes in.
    x, kernel, bias = (tf.cast(values, conv.compute_dtype) for values in (x, kernel, bias))
    convolve = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
    y = convolve(x, kernel, (1, *conv.strides, 1), conv.padding.upper())
    y = tf.nn.bias_add(y, bias)  # not `+`: TensorFlow fuses convolution, BiasAdd and ReLU6 by these names
    if relu is None:
        return y
    return tf.nn.relu6(y) if relu == 6.0 else tf.nn.relu(y)


def _planned(model: keras.Model) -> tuple[_Step, ...]:
    nodes = _nodes(model)
    uses = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    uses.update(id(tensor) for tensor in model.outputs)
    reader = {id(tensor): node for node in nodes for tensor in node.input_tensors}

    def next_alone(node: Any) -> Any:
        """The one node that reads what `node` gives, None if there are several or it is a result."""
        given = id(node.outputs[0])
        return reader.get(given) if uses[given] == 1 else None

    plan: list[_Step] = []
    swallowed: set[int] = set()
    for node in nodes:
        if id(node) in swallowed:
            continue
        norm = next_alone(node) if _is_plain_convolution(node.operation) else None
        if norm is None or not _is_constant(norm.operation) or not _same_type(node, norm):
            plan.append(_Step(node, node.outputs[0]))
            continue
        relu = next_alone(norm)
        limit = None if relu is None or not _same_type(node, relu) else _relu_limit(relu.operation)
        last = norm if limit is None else relu
        swallowed |= {id(norm), id(last)}
        plan.append(_Step(node, last.outputs[0], norm.operation, limit))
    if not swallowed:
        raise CannotFold("no convolution stands before a frozen BatchNormalization")
    return tuple(plan)


def _nodes(model: keras.Model) -> list[Any]:
    """The calls of layers that make up a model, each after those it reads from."""
    by_depth = getattr(model, "_nodes_by_depth", None)
    if by_depth is None:
        raise CannotFold("the network is not a functional model")
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth] if not node.is_input]
    several = [node.operation.name for node in nodes if len(node.outputs) != 1]
    if several:
        raise CannotFold(f"a layer has several outputs: {several[0]}")
    return nodes


def _single(tensors: list[keras.KerasTensor]) -> keras.KerasTensor:
    if len(tensors) != 1:
        raise CannotFold(f"the network has {len(tensors)} inputs or outputs instead of one")
    return tensors[0]


def _is_plain_convolution(layer: Any) -> bool:
    """Exactly these two classes: one derived from them may compute something else."""
    return (
        type(layer) in (layers.Conv2D, layers.DepthwiseConv2D)
        and layer.activation is keras.activations.linear
        and layer.data_format == "channels_last"
        and layer.compute_dtype in ("float32", "float16", "float64")
        and tuple(layer.dilation_rate) == (1, 1)
        and getattr(layer, "groups", 1) == 1
        and layer.padding in ("same", "valid")
        and len(set(layer.strides)) == 1
    )


def _same_type(one: Any, other: Any) -> bool:
    return bool(one.operation.compute_dtype == other.operation.compute_dtype)


def _is_constant(layer: Any) -> bool:
    return type(layer) is layers.BatchNormalization and not layer.trainable and layer.axis in (-1, 3)


def _relu_limit(layer: Any) -> float | None:
    """Upper limit of a plain ReLU; None for everything else, which is then called as it is."""
    if type(layer) is layers.Activation:
        return {keras.activations.relu: float("inf"), keras.activations.relu6: 6.0}.get(layer.activation)
    if type(layer) is not layers.ReLU or layer.negative_slope or layer.threshold:
        return None
    if layer.max_value is None:
        return float("inf")
    return 6.0 if layer.max_value == 6 else None
