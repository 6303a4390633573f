//===- Elements.h - One element of any type ---------------------*- C++ -*-===//

#ifndef ACTIN_ELEMENTS_H
#define ACTIN_ELEMENTS_H

#include "actin/Tensor.h"

#include <cstddef>

namespace actin {

/// The element of `type` at `source`, exactly. Any alignment.
double loadElement(const std::byte *source, DataType type);

/// Stores `value` as `type`, rounded to nearest-even. Any alignment.
void storeElement(std::byte *target, DataType type, double value);

} // namespace actin

#endif // ACTIN_ELEMENTS_H
