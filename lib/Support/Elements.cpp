//===- Elements.cpp - One element of any type -----------------------------===//

#include "actin/Elements.h"

#include "llvm/ADT/APFloat.h"

#include <cstring>

namespace actin {

using llvm::APFloat;

static const llvm::fltSemantics &getSemantics(DataType type) {
  switch (type) {
  case DataType::F64:
    return APFloat::IEEEdouble();
  case DataType::F16:
    return APFloat::IEEEhalf();
  case DataType::BF16:
    return APFloat::BFloat();
  case DataType::F32:
    break;
  }
  return APFloat::IEEEsingle();
}

template <typename T> static double loadNative(const std::byte *source) {
  T value;
  std::memcpy(&value, source, sizeof(T));
  return value;
}

double loadElement(const std::byte *source, DataType type) {
  // What the machine has itself takes a hundredth of the time.
  if (type == DataType::F32)
    return loadNative<float>(source);
  if (type == DataType::F64)
    return loadNative<double>(source);
  unsigned numBytes = static_cast<unsigned>(getSizeBytes(type));
  uint64_t bits = 0;
  std::memcpy(&bits, source, numBytes);
  APFloat value(getSemantics(type), llvm::APInt(8 * numBytes, bits));
  return value.convertToDouble();
}

void storeElement(std::byte *target, DataType type, double value) {
  APFloat converted(value);
  bool losesInfo;
  converted.convert(getSemantics(type), APFloat::rmNearestTiesToEven,
                    &losesInfo);
  uint64_t bits = converted.bitcastToAPInt().getZExtValue();
  std::memcpy(target, &bits, getSizeBytes(type));
}

} // namespace actin
