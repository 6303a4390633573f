//===- BoundArguments.cpp - Checked operands of one call ------------------===//

#include "Runtime/BoundArguments.h"

#include "llvm/ADT/Twine.h"

#include <algorithm>

namespace actin {

static std::string formatShape(const std::vector<int64_t> &shape) {
  std::string text = "(";
  for (size_t i = 0; i != shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

KernelSignature::KernelSignature(const Activation &activation,
                                 const KernelOutputs &outputs, DataType type)
    : inputs(activation.getInputs()), parameters(activation.getParameters()),
      outputs(outputs), type(type) {
  for (const Parameter &parameter : parameters)
    narrowDefaults.push_back(float(parameter.defaultValue.value_or(0)));
}

const Parameter *KernelSignature::findParameter(std::string_view name) const {
  for (const Parameter &parameter : parameters)
    if (parameter.name == name)
      return &parameter;
  return nullptr;
}

namespace {

class ArgumentBinder {
public:
  ArgumentBinder(const KernelSignature &signature,
                 const KernelArguments &arguments, BoundArguments &bound)
      : signature(signature), arguments(arguments), bound(bound) {}

  Expected<void> bind();

private:
  bool checkTensors();
  bool checkTensor(const TensorView &view, const llvm::Twine &what);
  bool resolveAxis();
  bool bindParameters();
  bool bindParameter(const Parameter &parameter, const TensorView &view);
  bool bindGradients();
  bool bindGradient(size_t index);
  bool bindSum(const TensorView &view, const Parameter &parameter,
               const llvm::Twine &what);
  bool checkOverlap();
  bool fail(const llvm::Twine &message);

  const KernelSignature &signature;
  const KernelArguments &arguments;
  BoundArguments &bound;
  std::string error;
};

} // namespace

bool ArgumentBinder::fail(const llvm::Twine &message) {
  error = message.str();
  return false;
}

bool ArgumentBinder::checkTensor(const TensorView &view,
                                 const llvm::Twine &what) {
  if (view.type != bound.type)
    return fail(what + " is " + getTypeName(view.type) +
                ", the kernel is for " + getTypeName(bound.type));
  if (view.shape != arguments.inputs[0].shape)
    return fail(what + " has the shape " + formatShape(view.shape) +
                ", the first input has " +
                formatShape(arguments.inputs[0].shape));
  if (!view.data && bound.numElements != 0)
    return fail(what + " has no data");
  if (reinterpret_cast<uintptr_t>(view.data) % getSizeBytes(bound.type) != 0)
    return fail(what + " is not aligned to its elements");
  return true;
}

bool ArgumentBinder::checkTensors() {
  if (arguments.inputs.size() != signature.inputs.size())
    return fail("expected " + std::to_string(signature.inputs.size()) +
                " inputs, got " + std::to_string(arguments.inputs.size()));
  bound.numElements = 1;
  for (int64_t extent : arguments.inputs[0].shape) {
    if (extent < 0)
      return fail("the first input has a negative dimension");
    if (__builtin_mul_overflow(bound.numElements, extent, &bound.numElements) ||
        bound.numElements > INT64_MAX / 16)
      return fail("the first input has more elements than memory can hold");
  }
  for (size_t i = 0; i != arguments.inputs.size(); ++i) {
    if (!checkTensor(arguments.inputs[i],
                     "input '" + llvm::Twine(signature.inputs[i]) + "'"))
      return false;
    bound.inputs.push_back(arguments.inputs[i].data);
  }
  if (signature.needsDout()) {
    if (!checkTensor(arguments.dout, "dout"))
      return false;
    bound.inputs.push_back(arguments.dout.data);
  }
  if (signature.outputs.forward) {
    if (!checkTensor(arguments.out, "the output"))
      return false;
    bound.outputs.push_back(arguments.out.data);
  }
  return true;
}

/// The shape as [outer, channel, inner].
bool ArgumentBinder::resolveAxis() {
  const std::vector<int64_t> &shape = arguments.inputs[0].shape;
  bool hasChannels = std::any_of(
      signature.parameters.begin(), signature.parameters.end(),
      [](const Parameter &parameter) { return parameter.perChannel; });
  int64_t rank = shape.size();
  if (!hasChannels || rank < 2) {
    bound.extents.inner = bound.numElements;
    return true;
  }
  int64_t axis = arguments.channelAxis;
  if (axis < 0)
    axis += rank;
  if (axis < 0 || axis >= rank)
    return fail("the channel axis " + std::to_string(arguments.channelAxis) +
                " is outside of a tensor of rank " + std::to_string(rank));
  bound.extents.channels = shape[axis];
  for (int64_t i = 0; i != axis; ++i)
    bound.extents.outer *= shape[i];
  for (int64_t i = axis + 1; i != rank; ++i)
    bound.extents.inner *= shape[i];
  return true;
}

bool ArgumentBinder::bindParameter(const Parameter &parameter,
                                   const TensorView &view) {
  DataType compute = getComputeType(bound.type);
  int64_t count = 1;
  for (int64_t extent : view.shape)
    if (__builtin_mul_overflow(count, extent, &count) || extent < 0)
      return fail("parameter '" + parameter.name + "' has the shape " +
                  formatShape(view.shape));
  if (!view.data && count != 0) {
    if (!parameter.defaultValue)
      return fail("parameter '" + parameter.name +
                  "' is missing and has no default");
    bound.parameters.push_back({nullptr, 1, parameter.perChannel});
    return true;
  }
  if (view.type != compute)
    return fail("parameter '" + parameter.name + "' is " +
                getTypeName(view.type) + ", the kernel computes in " +
                getTypeName(compute));
  int64_t wanted = parameter.perChannel ? bound.extents.channels : 1;
  if (view.shape.size() > 1 || (count != 1 && count != wanted))
    return fail("parameter '" + parameter.name + "' has the shape " +
                formatShape(view.shape) + "; expected one value" +
                (parameter.perChannel
                     ? ", or one for each of " +
                           std::to_string(bound.extents.channels) + " channels"
                     : ""));
  bound.parameters.push_back({view.data, count, parameter.perChannel});
  return true;
}

bool ArgumentBinder::bindParameters() {
  if (arguments.parameters.size() > signature.parameters.size())
    return fail(
        "expected at most " + std::to_string(signature.parameters.size()) +
        " parameters, got " + std::to_string(arguments.parameters.size()));
  for (size_t i = 0; i != signature.parameters.size(); ++i) {
    TensorView absent;
    const TensorView &view =
        i < arguments.parameters.size() ? arguments.parameters[i] : absent;
    if (!bindParameter(signature.parameters[i], view))
      return false;
  }
  return true;
}

bool ArgumentBinder::bindGradient(size_t index) {
  const TensorView &view = arguments.gradients[index];
  const std::string &name = signature.outputs.gradients[index];
  const Parameter *parameter = signature.findParameter(name);
  if (!parameter) {
    bound.outputs.push_back(view.data);
    return checkTensor(view, "the gradient of '" + llvm::Twine(name) + "'");
  }
  return bindSum(view, *parameter,
                 "the gradient of '" + llvm::Twine(name) + "'");
}

bool ArgumentBinder::bindSum(const TensorView &view, const Parameter &parameter,
                             const llvm::Twine &what) {
  int64_t count = 1;
  for (int64_t extent : view.shape)
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count))
      return fail(what + " has the shape " + formatShape(view.shape));
  int64_t expected = parameter.perChannel ? bound.extents.channels : 1;
  if (view.type != getComputeType(bound.type) || count != expected)
    return fail(what + " must hold " + std::to_string(expected) + " " +
                getTypeName(getComputeType(bound.type)) + " value" +
                (expected == 1 ? "" : "s"));
  if (!view.data && expected != 0)
    return fail(what + " has no data");
  bound.sums.push_back({view.data, parameter.perChannel});
  return true;
}

bool ArgumentBinder::bindGradients() {
  const KernelOutputs &wanted = signature.outputs;
  if (arguments.gradients.size() != wanted.gradients.size())
    return fail("expected " + std::to_string(wanted.gradients.size()) +
                " gradients, got " +
                std::to_string(arguments.gradients.size()));
  if (arguments.seconds.size() != wanted.seconds.size())
    return fail("expected " + std::to_string(wanted.seconds.size()) +
                " second derivatives, got " +
                std::to_string(arguments.seconds.size()));
  for (size_t i = 0; i != wanted.gradients.size(); ++i)
    if (!bindGradient(i))
      return false;
  for (size_t i = 0; i != wanted.seconds.size(); ++i) {
    if (!checkTensor(arguments.seconds[i], "the second derivative of '" +
                                               llvm::Twine(wanted.seconds[i]) +
                                               "'"))
      return false;
    bound.outputs.push_back(arguments.seconds[i].data);
  }
  return true;
}

/// An output may be an input; two that overlap in part, or two outputs in one
/// place, would read what they have overwritten.
bool ArgumentBinder::checkOverlap() {
  uintptr_t sizeBytes = uintptr_t(bound.numElements) * getSizeBytes(bound.type);
  if (sizeBytes == 0)
    return true;
  auto overlaps = [&](const void *a, const void *b) {
    auto x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
    return x < y ? y - x < sizeBytes : x - y < sizeBytes;
  };
  for (size_t i = 0; i != bound.outputs.size(); ++i) {
    for (const void *input : bound.inputs)
      if (input != bound.outputs[i] && overlaps(input, bound.outputs[i]))
        return fail("an output overlaps an input in part");
    for (size_t k = 0; k != i; ++k)
      if (overlaps(bound.outputs[k], bound.outputs[i]))
        return fail("two outputs overlap");
  }
  return true;
}

Expected<void> ArgumentBinder::bind() {
  bound.type = signature.type;
  if (!checkTensors() || !resolveAxis() || !bindParameters() ||
      !bindGradients() || !checkOverlap())
    return makeError(error);
  return {};
}

Expected<void> BoundArguments::bind(const KernelSignature &signature,
                                    const KernelArguments &arguments) {
  return ArgumentBinder(signature, arguments, *this).bind();
}

bool BoundArguments::dependsOnChannel() const {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const BoundParameter &parameter) {
                       return parameter.isChannel && parameter.count != 1;
                     }) ||
         std::any_of(sums.begin(), sums.end(),
                     [](const Sum &sum) { return sum.perChannel; });
}

} // namespace actin
