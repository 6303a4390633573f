//===- AnalyzeReport.h - What actin analyze prints --------------*- C++ -*-===//

#ifndef ACTIN_TOOLS_ANALYZEREPORT_H
#define ACTIN_TOOLS_ANALYZEREPORT_H

#include "actin/Analyze.h"

#include <nlohmann/json_fwd.hpp>

namespace actin::tool {

/// For people.
std::string toText(const AnalyzeReport &report, const Activation &activation,
                   const AnalyzeOptions &options);

/// For programs: {"activation", "ranges", "parameters", "points", "values",
/// "defined", "continuous", "inputs": [{"name", "slope", "lipschitz",
/// "vanishing", "exploding"}], and for one input "trends", "kinks",
/// "saturation", "complete"}. What is infinite is the string "inf" or "-inf",
/// what is unknown null.
nlohmann::ordered_json toJson(const AnalyzeReport &report,
                              const Activation &activation,
                              const AnalyzeOptions &options);

} // namespace actin::tool

#endif // ACTIN_TOOLS_ANALYZEREPORT_H
