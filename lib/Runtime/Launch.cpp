//===- Launch.cpp - Tensors to the calls of a kernel ----------------------===//

#include "Runtime/Launch.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

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

bool Launch::fail(const llvm::Twine &message) {
  error = message.str();
  return false;
}

bool Launch::checkTensor(const TensorView &view, const llvm::Twine &what,
                         const KernelArguments &arguments) {
  if (view.type != type)
    return fail(what + " is " + getTypeName(view.type) +
                ", the kernel is for " + getTypeName(type));
  if (view.shape != arguments.inputs[0].shape)
    return fail(what + " has the shape " + formatShape(view.shape) +
                ", the first input has " +
                formatShape(arguments.inputs[0].shape));
  if (!view.data && numElements != 0)
    return fail(what + " has no data");
  if (reinterpret_cast<uintptr_t>(view.data) % getSizeBytes(type) != 0)
    return fail(what + " is not aligned to its elements");
  return true;
}

bool Launch::checkTensors(const KernelSignature &signature,
                          const KernelArguments &arguments) {
  if (arguments.inputs.size() != signature.inputs.size())
    return fail("expected " + std::to_string(signature.inputs.size()) +
                " inputs, got " + std::to_string(arguments.inputs.size()));
  numElements = 1;
  for (int64_t extent : arguments.inputs[0].shape) {
    if (extent < 0)
      return fail("the first input has a negative dimension");
    if (__builtin_mul_overflow(numElements, extent, &numElements) ||
        numElements > INT64_MAX / 16)
      return fail("the first input has more elements than memory can hold");
  }
  for (size_t i = 0; i != arguments.inputs.size(); ++i) {
    if (!checkTensor(arguments.inputs[i],
                     "input '" + llvm::Twine(signature.inputs[i]) + "'",
                     arguments))
      return false;
    inputs.push_back(arguments.inputs[i].data);
  }
  if (signature.needsDout()) {
    if (!checkTensor(arguments.dout, "dout", arguments))
      return false;
    inputs.push_back(arguments.dout.data);
  }
  if (signature.outputs.forward) {
    if (!checkTensor(arguments.out, "the output", arguments))
      return false;
    outputs.push_back(arguments.out.data);
  }
  return true;
}

/// The shape as [outer, channel, inner].
bool Launch::resolveAxis(const KernelSignature &signature,
                         const KernelArguments &arguments) {
  const std::vector<int64_t> &shape = arguments.inputs[0].shape;
  bool hasChannels = std::any_of(
      signature.parameters.begin(), signature.parameters.end(),
      [](const Parameter &parameter) { return parameter.perChannel; });
  int64_t rank = shape.size();
  if (!hasChannels || rank < 2) {
    extents.inner = numElements;
    return true;
  }
  int64_t axis = arguments.channelAxis;
  if (axis < 0)
    axis += rank;
  if (axis < 0 || axis >= rank)
    return fail("the channel axis " + std::to_string(arguments.channelAxis) +
                " is outside of a tensor of rank " + std::to_string(rank));
  extents.channels = shape[axis];
  for (int64_t i = 0; i != axis; ++i)
    extents.outer *= shape[i];
  for (int64_t i = axis + 1; i != rank; ++i)
    extents.inner *= shape[i];
  return true;
}

bool Launch::bindParameter(const Parameter &parameter,
                           const float &narrowDefault, const TensorView &view) {
  DataType compute = getComputeType(type);
  int64_t count = 1;
  for (int64_t extent : view.shape)
    if (__builtin_mul_overflow(count, extent, &count) || extent < 0)
      return fail("parameter '" + parameter.name + "' has the shape " +
                  formatShape(view.shape));
  if (!view.data && count != 0) {
    if (!parameter.defaultValue)
      return fail("parameter '" + parameter.name +
                  "' is missing and has no default");
    parameters.push_back(
        compute == DataType::F64
            ? static_cast<const void *>(&*parameter.defaultValue)
            : &narrowDefault);
    parameterCounts.push_back(1);
    return true;
  }
  if (view.type != compute)
    return fail("parameter '" + parameter.name + "' is " +
                getTypeName(view.type) + ", the kernel computes in " +
                getTypeName(compute));
  int64_t wanted = parameter.perChannel ? extents.channels : 1;
  if (view.shape.size() > 1 || (count != 1 && count != wanted))
    return fail("parameter '" + parameter.name + "' has the shape " +
                formatShape(view.shape) + "; expected one value" +
                (parameter.perChannel
                     ? ", or one for each of " +
                           std::to_string(extents.channels) + " channels"
                     : ""));
  parameters.push_back(view.data);
  parameterCounts.push_back(count);
  return true;
}

bool Launch::bindParameters(const KernelSignature &signature,
                            const KernelArguments &arguments) {
  if (arguments.parameters.size() > signature.parameters.size())
    return fail(
        "expected at most " + std::to_string(signature.parameters.size()) +
        " parameters, got " + std::to_string(arguments.parameters.size()));
  for (size_t i = 0; i != signature.parameters.size(); ++i) {
    TensorView absent;
    const TensorView &view =
        i < arguments.parameters.size() ? arguments.parameters[i] : absent;
    if (!bindParameter(signature.parameters[i], signature.narrowDefaults[i],
                       view))
      return false;
    parameterIsChannel.push_back(signature.parameters[i].perChannel);
  }
  return true;
}

bool Launch::bindGradient(const KernelSignature &signature,
                          const KernelArguments &arguments, size_t index) {
  const TensorView &view = arguments.gradients[index];
  const std::string &name = signature.outputs.gradients[index];
  const Parameter *parameter = signature.findParameter(name);
  if (!parameter) {
    outputs.push_back(view.data);
    return checkTensor(view, "the gradient of '" + llvm::Twine(name) + "'",
                       arguments);
  }
  return bindSum(view, *parameter,
                 "the gradient of '" + llvm::Twine(name) + "'");
}

bool Launch::bindSum(const TensorView &view, const Parameter &parameter,
                     const llvm::Twine &what) {
  int64_t count = 1;
  for (int64_t extent : view.shape)
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count))
      return fail(what + " has the shape " + formatShape(view.shape));
  int64_t expected = parameter.perChannel ? extents.channels : 1;
  if (view.type != getComputeType(type) || count != expected)
    return fail(what + " must hold " + std::to_string(expected) + " " +
                getTypeName(getComputeType(type)) + " value" +
                (expected == 1 ? "" : "s"));
  if (!view.data && expected != 0)
    return fail(what + " has no data");
  sums.push_back({view.data, parameter.perChannel});
  return true;
}

bool Launch::bindGradients(const KernelSignature &signature,
                           const KernelArguments &arguments) {
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
    if (!bindGradient(signature, arguments, i))
      return false;
  for (size_t i = 0; i != wanted.seconds.size(); ++i) {
    if (!checkTensor(arguments.seconds[i],
                     "the second derivative of '" +
                         llvm::Twine(wanted.seconds[i]) + "'",
                     arguments))
      return false;
    outputs.push_back(arguments.seconds[i].data);
  }
  return true;
}

/// An output may be an input; two that overlap in part, or two outputs in one
/// place, would read what they have overwritten.
bool Launch::checkOverlap() {
  uintptr_t sizeBytes = uintptr_t(numElements) * getSizeBytes(type);
  if (sizeBytes == 0)
    return true;
  auto overlaps = [&](const void *a, const void *b) {
    auto x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
    return x < y ? y - x < sizeBytes : x - y < sizeBytes;
  };
  for (size_t i = 0; i != outputs.size(); ++i) {
    for (const void *input : inputs)
      if (input != outputs[i] && overlaps(input, outputs[i]))
        return fail("an output overlaps an input in part");
    for (size_t k = 0; k != i; ++k)
      if (overlaps(outputs[k], outputs[i]))
        return fail("two outputs overlap");
  }
  return true;
}

/// One value given for a channel parameter serves every channel, and a kernel
/// may want the values of the channels more than once.
void Launch::expandChannels() {
  size_t sizeBytes = getSizeBytes(getComputeType(type));
  int64_t wanted = tiling.getNumChannelValues();
  for (size_t i = 0; i != parameters.size(); ++i) {
    if (!parameterIsChannel[i] || parameterCounts[i] == wanted)
      continue;
    auto owned = std::make_unique<char[]>(sizeBytes * wanted);
    auto *values = static_cast<const char *>(parameters[i]);
    for (int64_t lane = 0; lane != wanted; ++lane) {
      int64_t channel = parameterCounts[i] == 1 ? 0 : tiling.getChannel(lane);
      std::memcpy(owned.get() + lane * sizeBytes, values + channel * sizeBytes,
                  sizeBytes);
    }
    parameters[i] = owned.get();
    ownedParameters.push_back(std::move(owned));
  }
}

void Launch::chooseTiles() {
  bool dependsOnChannel = false;
  for (size_t i = 0; i != parameters.size(); ++i)
    dependsOnChannel |= parameterIsChannel[i] && parameterCounts[i] != 1;
  for (const Sum &sum : sums)
    dependsOnChannel |= sum.perChannel;
  tiling = Tiling::choose(extents, dependsOnChannel, sums.size());
  if (tiling.space != IterationSpace::Flat)
    expandChannels();
}

/// Past the caches where the outputs would only evict what is still needed.
void Launch::chooseStreaming() {
  static const int64_t lastLevelBytes = [] {
    long size = sysconf(_SC_LEVEL3_CACHE_SIZE);
    return size > 0 ? int64_t(size) : int64_t(32) << 20;
  }();
  int64_t outputBytes =
      numElements * int64_t(getSizeBytes(type) * outputs.size());
  if (outputs.empty() || tiling.space == IterationSpace::Lanes ||
      outputBytes < lastLevelBytes / 2)
    return;
  for (const void *output : outputs) {
    if ((reinterpret_cast<uintptr_t>(output) -
         reinterpret_cast<uintptr_t>(outputs[0])) %
        64)
      return;
    if (std::find(inputs.begin(), inputs.end(), output) != inputs.end())
      return;
  }
  streaming = true;
}

Expected<void> Launch::prepare(const KernelSignature &signature,
                               const KernelArguments &arguments) {
  type = signature.type;
  if (!checkTensors(signature, arguments) ||
      !resolveAxis(signature, arguments) ||
      !bindParameters(signature, arguments) ||
      !bindGradients(signature, arguments) || !checkOverlap())
    return makeError(error);
  chooseTiles();
  chooseStreaming();
  return {};
}

KernelCall Launch::getCall(double *partials) const {
  return {inputs.data(),        parameters.data(),
          outputs.data(),       partials,
          tiling.extents.outer, tiling.extents.channels,
          tiling.extents.inner, tiling.outerBlock,
          tiling.channelBlock,  tiling.innerBlock,
          tiling.channelTiles,  tiling.innerTiles};
}

void Launch::finish(const double *partials) const {
  bool isF64 = type == DataType::F64;
  for (size_t i = 0; i != sums.size(); ++i) {
    int64_t count = sums[i].perChannel ? extents.channels : 1;
    for (int64_t c = 0; c != count; ++c) {
      // Flat tiles know no channels; there is at most one then.
      bool isAll = !sums[i].perChannel || tiling.space == IterationSpace::Flat;
      double value = tiling.addPartials(partials, i, isAll ? -1 : c);
      if (isF64)
        static_cast<double *>(sums[i].output)[c] = value;
      else
        static_cast<float *>(sums[i].output)[c] = float(value);
    }
  }
}

} // namespace actin
