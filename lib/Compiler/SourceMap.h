//===- SourceMap.h - From a printed formula to its source -------*- C++ -*-===//
//
// The compiler proper sees what Activation::print wrote; people and debuggers
// ask for places in the text that the activation was read from.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_COMPILER_SOURCEMAP_H
#define ACTIN_COMPILER_SOURCEMAP_H

#include "actin/Expr.h"

#include <map>
#include <string>
#include <utility>

namespace actin {

struct SourceMap {
  std::string file; ///< Empty where nobody asks.
  SourceLocation declaration; ///< Of the activation.
  /// By line and column of the printed formula.
  std::map<std::pair<uint32_t, uint32_t>, SourceLocation> places;

  /// The source of a place in the printed formula; not valid if unknown.
  SourceLocation find(SourceLocation printed) const {
    auto place = places.find({printed.line, printed.column});
    return place == places.end() ? SourceLocation() : place->second;
  }
};

/// `printed` is what `activation` printed, read back.
SourceMap mapSource(const Activation &activation, const Activation &printed);

} // namespace actin

#endif // ACTIN_COMPILER_SOURCEMAP_H
