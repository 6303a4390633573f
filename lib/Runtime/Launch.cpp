//===- Launch.cpp - Tensors to the calls of a kernel ----------------------===//

#include "Runtime/Launch.h"

#include <algorithm>
#include <cstring>
#include <fstream>

namespace actin {

/// Where each parameter's values lie; defaults are the signature's.
void Launch::bindParameters(const KernelSignature &signature) {
  bool isF64 = getComputeType(bound.type) == DataType::F64;
  for (size_t i = 0; i != bound.parameters.size(); ++i) {
    const BoundArguments::BoundParameter &parameter = bound.parameters[i];
    bool isDefault = !parameter.data && parameter.count != 0;
    if (!isDefault)
      parameters.push_back(parameter.data);
    else if (isF64)
      parameters.push_back(&*signature.parameters[i].defaultValue);
    else
      parameters.push_back(&signature.narrowDefaults[i]);
  }
}

/// One value given for a channel parameter serves every channel, and a kernel
/// may want the values of the channels more than once.
void Launch::expandChannels() {
  size_t sizeBytes = getSizeBytes(getComputeType(bound.type));
  int64_t wanted = tiling.getNumChannelValues();
  for (size_t i = 0; i != parameters.size(); ++i) {
    int64_t count = bound.parameters[i].count;
    if (!bound.parameters[i].isChannel || count == wanted)
      continue;
    auto owned = std::make_unique<char[]>(sizeBytes * wanted);
    auto *values = static_cast<const char *>(parameters[i]);
    for (int64_t lane = 0; lane != wanted; ++lane) {
      int64_t channel = count == 1 ? 0 : tiling.getChannel(lane);
      std::memcpy(owned.get() + lane * sizeBytes, values + channel * sizeBytes,
                  sizeBytes);
    }
    parameters[i] = owned.get();
    ownedParameters.push_back(std::move(owned));
  }
}

/// What one core can count on of a last level that many share. Of 480 MiB on
/// Granite Rapids a copy of 32 MiB in all finds its data there again, one of 64
/// MiB does not, and kernels are as fast or faster with streaming stores from
/// outputs of half of that on.
static constexpr int64_t mostLastLevelBytes = int64_t(32) << 20;

/// The kernel's word on the last level of cache, which sysconf lacks: there
/// glibc may multiply by cores that are not ours, 335 MB for 32.
static int64_t readLastLevelBytes() {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index3/size");
  int64_t kibibytes = 0;
  char unit = 0;
  if (!(file >> kibibytes >> unit) || unit != 'K' || kibibytes <= 0)
    return mostLastLevelBytes;
  return std::min(kibibytes << 10, mostLastLevelBytes);
}

/// Past the caches where the outputs would only evict what is still needed.
void Launch::chooseStreaming() {
  static const int64_t lastLevelBytes = readLastLevelBytes();
  int64_t outputBytes = bound.numElements * int64_t(getSizeBytes(bound.type) *
                                                    bound.outputs.size());
  if (bound.outputs.empty() || tiling.space == IterationSpace::Lanes ||
      outputBytes < lastLevelBytes / 2)
    return;
  for (const void *output : bound.outputs) {
    if ((reinterpret_cast<uintptr_t>(output) -
         reinterpret_cast<uintptr_t>(bound.outputs[0])) %
        64)
      return;
    if (std::find(bound.inputs.begin(), bound.inputs.end(), output) !=
        bound.inputs.end())
      return;
  }
  streaming = true;
}

Expected<void> Launch::prepare(const KernelSignature &signature,
                               const KernelArguments &arguments) {
  if (auto done = bound.bind(signature, arguments); !done)
    return done;
  tiling = Tiling::choose(bound.extents, bound.dependsOnChannel(),
                          int64_t(bound.sums.size()));
  bindParameters(signature);
  if (tiling.space != IterationSpace::Flat)
    expandChannels();
  chooseStreaming();
  return {};
}

KernelCall Launch::getCall(double *partials) const {
  return {bound.inputs.data(),  parameters.data(),
          bound.outputs.data(), partials,
          tiling.extents.outer, tiling.extents.channels,
          tiling.extents.inner, tiling.outerBlock,
          tiling.channelBlock,  tiling.innerBlock,
          tiling.channelTiles,  tiling.innerTiles};
}

void Launch::finish(const double *partials) const {
  bool isF64 = bound.type == DataType::F64;
  for (size_t i = 0; i != bound.sums.size(); ++i) {
    int64_t count = bound.sums[i].perChannel ? bound.extents.channels : 1;
    for (int64_t c = 0; c != count; ++c) {
      // Flat tiles know no channels; there is at most one then.
      bool isAll =
          !bound.sums[i].perChannel || tiling.space == IterationSpace::Flat;
      double value = tiling.addPartials(partials, i, isAll ? -1 : c);
      if (isF64)
        static_cast<double *>(bound.sums[i].output)[c] = value;
      else
        static_cast<float *>(bound.sums[i].output)[c] = float(value);
    }
  }
}

} // namespace actin
