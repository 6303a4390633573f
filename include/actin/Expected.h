//===- Expected.h - Result of a fallible call -------------------*- C++ -*-===//
//
// `Expected<T>` holds a `T` or the diagnostics that say why there is none.
// Nothing in Actin throws, aborts or prints: every failure comes back here.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_EXPECTED_H
#define ACTIN_EXPECTED_H

#include "actin/Diagnostic.h"

#include <tl/expected.hpp>

namespace actin {

template <typename T> using Expected = tl::expected<T, Diagnostics>;

/// The failure side of an `Expected`, from one message without a position.
inline tl::unexpected<Diagnostics> makeError(std::string message) {
  return tl::make_unexpected(Diagnostics{
      Diagnostic{Severity::Error, SourceLocation{}, std::move(message), {}}});
}

} // namespace actin

#endif // ACTIN_EXPECTED_H
